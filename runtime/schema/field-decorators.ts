import { markClass, markField } from './metadata.js';
import type { ClassOf, ElementType } from './metadata.js';

/** A value that the API server fills in; the field is then never absent and not required. */
export function Default(value: unknown): PropertyDecorator {
  return (target, field) => markField(target, field, { default: { value } });
}

/** A map from any key to values of one type. */
export function MapOf(element: ElementType): PropertyDecorator {
  return (target, field) => markField(target, field, { mapOf: element });
}

/** An object whose content the API server keeps as it is, whatever it contains. */
export function PreserveUnknown(): PropertyDecorator {
  return (target, field) => markField(target, field, { preserveUnknown: true });
}

/** A type of the built-in API by its name there (`EnvVar`, `Volume`): with `@IsArray()` a list of it. */
export function Embedded(type: string): PropertyDecorator {
  return (target, field) => markField(target, field, { embedded: type });
}

/** `int32`, `int64`, `date-time`, `byte`: what the type alone does not say. */
export function Format(format: 'int32' | 'int64' | 'date-time' | 'byte'): PropertyDecorator {
  return (target, field) => markField(target, field, { format });
}

/** A list whose items are told apart by these fields; the API server refuses duplicates. */
export function ListMapKeys(...keys: string[]): PropertyDecorator {
  return (target, field) => markField(target, field, { listMapKeys: keys });
}

/** Bounds the number of entries of a map. */
export function MaxProperties(count: number): PropertyDecorator {
  return (target, field) => markField(target, field, { maxProperties: count });
}

/** Bounds the length of each string in a map; lists say it with class-validator's `each`. */
export function ValueMaxLength(length: number): PropertyDecorator {
  return (target, field) => markField(target, field, { itemMaxLength: length });
}

/** On a class or a field: server-side apply replaces the object as a whole. */
export function StructAtomic(): ClassDecorator & PropertyDecorator {
  return (target: object, field?: string | symbol) => {
    if (field === undefined) markClass(target as ClassOf, { structAtomic: true });
    else markField(target, field, { structAtomic: true });
  };
}
