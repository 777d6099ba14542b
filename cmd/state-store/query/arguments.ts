import type { Document } from 'bson';
import { plainOf } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';

/** A command's document with plain values; throws BadValue when it holds a pattern that is none. */
export function plainArguments(body: Document): Document {
  try {
    return plainOf(body);
  } catch (error) {
    throw new CommandError('BadValue', error instanceof Error ? error.message : String(error));
  }
}

/** The name of the collection that a command is about: the value of its first key. */
export function collectionOf(body: Document): string {
  const name: unknown = Object.values(body)[0];
  if (typeof name !== 'string' || name === '' || name.length > 120) {
    throw new CommandError('InvalidNamespace', 'a collection has a name of 1 to 120 characters');
  }
  if (/[$\0]|^system\./.test(name)) throw new CommandError('InvalidNamespace', `invalid collection name ${name}`);
  return name;
}

/** An object that may be absent. */
export function objectAt(document: Document, field: string): Document {
  const value: unknown = document[field] ?? {};
  if (!isObject(value)) throw wrongType(field, 'an object');
  return value;
}

/** A whole number of at least 0 that may be absent. */
export function countAt(document: Document, field: string): number | undefined {
  const value: unknown = document[field] ?? undefined;
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw wrongType(field, 'a whole number of at least 0');
  return number;
}

/** A list of objects. */
export function objectsAt(document: Document, field: string): Document[] {
  const value: unknown = document[field];
  if (!Array.isArray(value) || !value.every(isObject)) throw wrongType(field, 'a list of objects');
  return value;
}

export function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('_bsontype' in value);
}

const wrongType = (field: string, wanted: string): CommandError =>
  new CommandError('TypeMismatch', `${field} must be ${wanted}`);
