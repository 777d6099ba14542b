import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { RecordDocument } from './records.js';
import { DamagedRecordError } from './records.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** A record holds a few documents of at most 16 MiB; more than this is no record of ours. */
const MAX_PLAIN_BYTES = 256 * 1024 * 1024;

/** A key of 256 bits, and the name under which records refer to it. */
export interface EncryptionKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** The name of a key follows from the key, so that the two cannot be mixed up. */
export function encryptionKey(bytes: Buffer): EncryptionKey {
  if (bytes.length !== 32) throw new Error('the encryption key is not 32 bytes long');
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 16), bytes };
}

/**
 * Compresses and encrypts documents (AES-256-GCM, a new nonce each time: nonce, tag, text). `context` names the place
 * where the result is kept; it can be opened nowhere else.
 */
export function seal(documents: readonly RecordDocument[], key: EncryptionKey, context: string): Buffer {
  const plain = gzipSync(pack(documents));
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv).setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]);
}

/** The reverse of {@link seal}; throws {@link DamagedRecordError} if anything was changed. */
export function open(sealed: Buffer, key: EncryptionKey, context: string): RecordDocument[] {
  try {
    const iv = sealed.subarray(0, IV_BYTES);
    const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, iv, options).setAAD(Buffer.from(context));
    decipher.setAuthTag(tag);
    const plain = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return unpack(gunzipSync(plain, { maxOutputLength: MAX_PLAIN_BYTES }));
  } catch {
    throw new DamagedRecordError('its data was altered, or written with another key');
  }
}

/** Each document as the length of its collection's name, that name, and the document, which knows its own length. */
function pack(documents: readonly RecordDocument[]): Buffer {
  const pieces = documents.flatMap(({ collection, body }) => {
    const name = Buffer.from(collection);
    if (name.length > 255) throw new RangeError('name of a collection is too long');
    return [Buffer.of(name.length), name, body];
  });
  return Buffer.concat(pieces);
}

function unpack(bytes: Buffer): RecordDocument[] {
  const documents: RecordDocument[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const start = offset + 1 + bytes.readUInt8(offset);
    const end = start + bytes.readInt32LE(start);
    if (end > bytes.length) throw new RangeError('incomplete document');
    documents.push({ collection: bytes.toString('utf8', offset + 1, start), body: bytes.subarray(start, end) });
    offset = end;
  }
  return documents;
}
