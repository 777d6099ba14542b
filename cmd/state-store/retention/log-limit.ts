import type { Document } from 'bson';
import { LOGS_OUTPUT } from '../../../integrations/porter/state/index.js';

/**
 * The log of a run, cut down to its beginning and its end where it is longer than `limit` bytes; any other document as it is.
 * Porter keeps a log as base64 text in a document of `outputs`.
 */
export function withinLogLimit(collection: string, document: Document, limit: number): Document {
  const value: unknown = document['value'];
  if (collection !== 'outputs' || document['name'] !== LOGS_OUTPUT || typeof value !== 'string') return document;
  if (limit === 0 || Buffer.byteLength(value, 'base64') <= limit) return document;
  const log = Buffer.from(value, 'base64');
  const head = log.subarray(0, characterStart(log, limit >> 1));
  const tail = log.subarray(characterStart(log, log.length - (limit >> 1)));
  const left = `\n… ${log.length - head.length - tail.length} bytes of the log were left out by the state store (--log-limit) …\n`;
  return { ...document, value: Buffer.concat([head, Buffer.from(left), tail]).toString('base64') };
}

/** The first place from `offset` on where no character of UTF-8 is cut in two. */
function characterStart(text: Buffer, offset: number): number {
  for (let place = offset; place < Math.min(text.length, offset + 4); place += 1) {
    if (((text[place] ?? 0) & 0xc0) !== 0x80) return place;
  }
  return offset;
}
