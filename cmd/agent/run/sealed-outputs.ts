import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

/** Key length of AES-256. */
export const KEY_BYTES = 32;
/** Bytes of all outputs together beyond which the rest is left out. */
export const OUTPUTS_LIMIT = 1 << 20;

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CONTEXT = Buffer.from('porterops-outputs/1');
const CHUNK = 8_000;
const LINE = /^porterops-outputs (\d+)\/(\d+) ([A-Za-z0-9+/=]+)$/;

/** Files that a bundle left, by their path below the folder of outputs. */
export interface CollectedOutputs {
  readonly files: ReadonlyMap<string, Buffer>;
  /** Paths that were too large to carry. */
  readonly tooLarge: readonly string[];
}

/** As lines for a log that anybody may read: encrypted, authenticated, and complete or nothing. */
export function sealOutputs({ files, tooLarge }: CollectedOutputs, key: Buffer): string[] {
  const content = {
    tooLarge,
    files: Object.fromEntries([...files].map(([path, data]) => [path, data.toString('base64')])),
  };
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(CONTEXT);
  const sealed = Buffer.concat([cipher.update(gzipSync(JSON.stringify(content))), cipher.final()]);
  const text = Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
  const chunks = text.match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? [];
  return chunks.map((chunk, index) => `porterops-outputs ${index + 1}/${chunks.length} ${chunk}`);
}

/** Reads them back from a log; undefined when they are not all there, or not sealed with this key. */
export function openOutputs(log: string, key: Buffer): CollectedOutputs | undefined {
  const matches = log
    .split('\n')
    .map((line) => LINE.exec(line.trim()))
    .filter((match) => match !== null);
  const total = Number(matches.at(-1)?.[2] ?? 0);
  const chunks = matches.slice(-total);
  if (total === 0 || chunks.length !== total || chunks.some((match, at) => Number(match[1]) !== at + 1))
    return undefined;
  const sealed = Buffer.from(chunks.map((match) => match[3] ?? '').join(''), 'base64');
  const content = decrypted(sealed, key);
  if (content === undefined) return undefined;
  const files = Object.entries(content.files).map(([path, data]) => [path, Buffer.from(data, 'base64')] as const);
  return { files: new Map(files), tooLarge: content.tooLarge };
}

/** Digest in the form that Porter keeps with a result. */
export function contentDigest(value: Buffer): string {
  return `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

function decrypted(sealed: Buffer, key: Buffer): { files: Record<string, string>; tooLarge: string[] } | undefined {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, IV_BYTES)).setAAD(CONTEXT);
    decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const content = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    const text = gunzipSync(content, { maxOutputLength: 8 * OUTPUTS_LIMIT }).toString();
    return JSON.parse(text) as { files: Record<string, string>; tooLarge: string[] };
  } catch {
    return undefined;
  }
}
