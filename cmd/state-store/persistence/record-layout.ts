import { createHash } from 'node:crypto';
import type { Document } from 'bson';
import { EJSON } from 'bson';
import type { RecordContent } from '../../../api/state/v1alpha1/state-record.js';
import type { RecordAddress } from './records.js';

/** The collection in which the indexes of other collections are kept; clients cannot name it. */
export const INDEXES_COLLECTION = '$indexes';

interface Layout {
  readonly content: RecordContent;
  /** Fields that together name the record. */
  readonly key: readonly string[];
}

/** Porter's collections. A run, its results and its outputs share a record, named by the run's id. */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  installations: { content: 'Installation', key: ['namespace', 'name'] },
  credentials: { content: 'CredentialSet', key: ['namespace', 'name'] },
  parameters: { content: 'ParameterSet', key: ['namespace', 'name'] },
  runs: { content: 'Run', key: ['_id'] },
  results: { content: 'Run', key: ['runId'] },
  outputs: { content: 'Run', key: ['runId'] },
  config: { content: 'Config', key: ['_id'] },
  [INDEXES_COLLECTION]: { content: 'Indexes', key: ['_id'] },
};

/** What the records of a collection hold. */
export function contentOf(collection: string): RecordContent {
  return layoutOf(collection)?.content ?? 'Document';
}

/** The record that a document of a collection belongs to; it follows from the document alone. */
export function addressOf(tenant: string, collection: string, document: Document): RecordAddress {
  const layout = layoutOf(collection);
  const porterNamespace: unknown = document['namespace'];
  const { content, key } =
    layout === undefined
      ? { content: 'Document' as const, key: [collection, valueText(document['_id'])] }
      : { content: layout.content, key: layout.key.map((field) => valueText(document[field])) };
  return {
    name: recordName(tenant, content, key),
    tenant,
    content,
    ...(typeof porterNamespace === 'string' ? { porterNamespace } : {}),
  };
}

/** A value as text, equal for equal values and for no others; a missing value is null. */
export function valueText(value: unknown): string {
  return EJSON.stringify({ value: value ?? null }, { relaxed: false });
}

function layoutOf(collection: string): Layout | undefined {
  return Object.hasOwn(LAYOUTS, collection) ? LAYOUTS[collection] : undefined;
}

function recordName(tenant: string, content: RecordContent, key: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([tenant, content, ...key]));
  return `${content.toLowerCase()}-${hash.digest('hex').slice(0, 40)}`;
}
