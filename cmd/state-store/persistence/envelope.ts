import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Binary, Int32, Long } from 'bson';
import { decodeFaithful, encode } from '../wire/bson-codec.js';
import type { RecordBody, RecordDocument } from './records.js';
import { DamagedRecordError } from './records.js';
import type { Mark, StatementOutcome } from './retry-marks.js';

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
 * Compresses and encrypts what a record holds (AES-256-GCM, a new nonce each time: nonce, tag, text). `context` names the
 * place where the result is kept; it can be opened nowhere else.
 */
export function seal({ marks, documents }: RecordBody, key: EncryptionKey, context: string): Buffer {
  const plain = gzipSync(Buffer.concat([encodeMarks(marks), pack(documents)]));
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv).setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]);
}

/** The reverse of {@link seal}; throws {@link DamagedRecordError} if anything was changed. */
export function open(sealed: Buffer, key: EncryptionKey, context: string): RecordBody {
  try {
    const iv = sealed.subarray(0, IV_BYTES);
    const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, iv, options).setAAD(Buffer.from(context));
    decipher.setAuthTag(tag);
    const plain = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    const bytes = gunzipSync(plain, { maxOutputLength: MAX_PLAIN_BYTES });
    const start = bytes.readInt32LE(0);
    return { marks: decodeMarks(bytes.subarray(0, start)), documents: unpack(bytes.subarray(start)) };
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

/** A BSON document; its names are short, since each record of a run has some. */
interface EncodedMark {
  /** Session, number, time. */
  readonly s: Binary;
  readonly n: Long;
  readonly t: Long;
  readonly o: readonly EncodedOutcome[];
}

interface EncodedOutcome {
  /** Statement, matched, modified, and the id where there is one. */
  readonly s: Int32;
  readonly n: Int32;
  readonly m: Int32;
  readonly i?: unknown;
}

function encodeMarks(marks: readonly Mark[]): Buffer {
  return encode({
    marks: marks.map(({ session, number, at, outcomes }) => ({
      s: Binary.createFromHexString(session),
      n: Long.fromNumber(number),
      t: Long.fromNumber(at),
      o: outcomes.map(encodeOutcome),
    })),
  });
}

function encodeOutcome({ statement, matched, modified, ...rest }: StatementOutcome): EncodedOutcome {
  return {
    s: new Int32(statement),
    n: new Int32(matched),
    m: new Int32(modified),
    ...('id' in rest ? { i: rest.id } : {}),
  };
}

function decodeMarks(bytes: Buffer): Mark[] {
  const { marks } = decodeFaithful(bytes) as { marks: EncodedMark[] };
  return marks.map(({ s, n, t, o }) => ({
    session: s.toString('hex'),
    number: Number(n),
    at: Number(t),
    outcomes: o.map((outcome) => ({
      statement: Number(outcome.s),
      matched: Number(outcome.n),
      modified: Number(outcome.m),
      ...('i' in outcome ? { id: outcome.i } : {}),
    })),
  }));
}
