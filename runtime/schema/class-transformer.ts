import { createRequire } from 'node:module';
import type { ClassOf } from './metadata.js';

interface TypeStorage {
  findTypeMetadata(target: ClassOf, field: string): { typeFunction: () => ClassOf } | undefined;
}

/**
 * The class that `@Type(() => …)` names for a field or for the items of a list. The library exports no way to read
 * it; its CommonJS storage is the singleton that its main entry uses, so this works in unbundled programs only.
 */
export function nestedTypeOf(target: ClassOf, field: string): ClassOf | undefined {
  const storage = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
    defaultMetadataStorage: TypeStorage;
  };
  return storage.defaultMetadataStorage.findTypeMetadata(target, field)?.typeFunction();
}
