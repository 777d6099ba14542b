import type { Resource } from '../client/index.js';
import { resourceName } from '../client/index.js';

/** Which part of a cluster the program serves. */
export interface WatchScope {
  /** All namespaces when not said. */
  readonly namespaces?: readonly string[];
  /** By `plural.group`: namespaces in which objects of a resource count besides. */
  readonly besides?: ReadonlyMap<string, readonly string[]>;
}

/** Injection token of {@link WatchScope}. */
export const WatchScope = Symbol.for('runtime.WatchScope');

/** Pure: the namespaces in which a resource is watched; `undefined` is everywhere. */
export function namespacesOf({ namespaces, besides }: WatchScope, resource: Resource): readonly string[] | undefined {
  if (namespaces === undefined || !resource.namespaced) return undefined;
  return [...new Set([...namespaces, ...(besides?.get(resourceName(resource)) ?? [])])];
}
