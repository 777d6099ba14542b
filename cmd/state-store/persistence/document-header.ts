import type { Document } from 'bson';
import { contentOf } from './record-layout.js';

/**
 * The fields of runs, results and outputs by which they are looked for, and by which it is decided what is kept of them. The
 * rest, above all bundles and logs, is most of what is stored and is seldom asked for.
 */
const HEADER_FIELDS: ReadonlySet<string> = new Set([
  '_id',
  'namespace',
  'installation',
  'runId',
  'resultId',
  'name',
  'action',
  'revision',
  'status',
  'created',
]);

/** Whether of a collection's documents only the {@link headerOf} stays in memory. */
export function isKeptByHeaders(collection: string): boolean {
  return contentOf(collection) === 'Run';
}

/** Those fields of a plain document that stay in memory. */
export function headerOf(content: Document): Document {
  return Object.fromEntries(Object.entries(content).filter(([field]) => HEADER_FIELDS.has(field)));
}

/** Whether these fields, or paths such as `a.b`, of a collection's documents are in memory. */
export function areInMemory(collection: string, fields: readonly string[]): boolean {
  return !isKeptByHeaders(collection) || fields.every((field) => HEADER_FIELDS.has(field.split('.', 1)[0] ?? ''));
}
