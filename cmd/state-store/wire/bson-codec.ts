import type { Document } from 'bson';
import { deserialize, serialize } from 'bson';

/** Keeps every type as it was sent: a double stays a double, a long a long, so that it is given back the same. */
const FAITHFUL = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;
/** Numbers as numbers and patterns as patterns, for comparing. */
const PLAIN = { promoteValues: true, promoteLongs: true, bsonRegExp: false } as const;

/** A document whose values have BSON's types; throws when the bytes are not BSON. */
export function decodeFaithful(bytes: Uint8Array): Document {
  return deserialize(bytes, FAITHFUL);
}

/** A document with JavaScript's own types, to compute with; throws when the bytes are not BSON. */
export function decodePlain(bytes: Uint8Array): Document {
  return deserialize(bytes, PLAIN);
}

/** The same value with JavaScript's own types. */
export function plainOf(document: Document): Document {
  return decodePlain(encode(document));
}

/** The bytes of a document; throws for more than 17 MiB. */
export function encode(document: Document): Buffer {
  const bytes = serialize(document);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
