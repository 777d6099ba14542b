import { getMetadataStorage } from 'class-validator';
import type { ClassOf } from './metadata.js';

/** One decorator of class-validator on a field; this file is the only one that knows how the library keeps them. */
export interface Constraint {
  /** The decorator in lower camel case (`maxLength`); `optional` and `nested` for the two special ones. */
  readonly name: string;
  readonly values: readonly unknown[];
  /** True if it speaks of each item of a list. */
  readonly each: boolean;
  /** The message, if the decorator was given one. */
  readonly message?: string;
}

const NAMES: Readonly<Record<string, string>> = {
  isOptional: 'optional',
  nestedValidation: 'nested',
};

/** The constraints of a class's fields in the order of declaration, inherited ones included. */
export function constraintsOf(target: ClassOf): ReadonlyMap<string, readonly Constraint[]> {
  const fields = new Map<string, Constraint[]>();
  for (const metadata of getMetadataStorage().getTargetValidationMetadatas(target, '', false, false)) {
    const found = metadata.name ?? metadata.type;
    const message = typeof metadata.message === 'string' && found !== 'nestedValidation' ? metadata.message : undefined;
    const constraint = {
      name: NAMES[found] ?? found,
      values: (metadata.constraints as unknown[] | undefined) ?? [],
      each: (metadata.each as boolean | undefined) ?? false,
      ...(message !== undefined && { message }),
    };
    fields.set(metadata.propertyName, [...(fields.get(metadata.propertyName) ?? []), constraint]);
  }
  return fields;
}
