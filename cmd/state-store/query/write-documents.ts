import type { Document } from 'bson';
import { ObjectId } from 'bson';
import type { CollectionIndex, IndexedDocument } from '../persistence/collection-index.js';
import { fieldsOf } from '../persistence/collection-index.js';
import { addressOf, valueText } from '../persistence/record-layout.js';
import type { RecordDocument } from '../persistence/records.js';
import type { Outcome, RetryId } from '../persistence/retry-marks.js';
import type { RecordEdit, Tenant } from '../persistence/tenant.js';
import { byId } from '../persistence/tenant.js';
import { decodeFaithful, decodePlain, encode } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import { MAX_DOCUMENT_BYTES } from '../wire/frames.js';
import { matcherOf } from './query-language.js';
import type { Selection } from './select.js';
import { select } from './select.js';

/** Times that a write looks again because somebody else inserted or removed its document meanwhile. */
const MAX_ATTEMPTS = 5;

/** Which document shall be which; the document's values have BSON's types, the filter's are plain. */
export interface Replacement {
  readonly filter: Document;
  readonly document: Document;
  /** Insert the document when none matches. */
  readonly upsert: boolean;
}

const NOTHING: Outcome = { matched: 0, modified: 0 };

/** Stores a new document; throws DuplicateKey. */
export function insertDocument(
  tenant: Tenant,
  collection: CollectionIndex,
  document: Document,
  retry?: RetryId,
): Promise<Outcome> {
  return add({ tenant, collection, retry }, document, () => ({ matched: 1, modified: 0 }));
}

function add(
  { tenant, collection, retry }: Place,
  document: Document,
  outcomeFor: (id: unknown) => Outcome,
): Promise<Outcome> {
  const { _id: id = new ObjectId(), ...rest } = document;
  const body = encodeDocument({ _id: id as unknown, ...rest });
  const content = decodePlain(body);
  return tenant.change(
    addressOf(tenant.name, collection.name, content),
    collection.uniqueNames(content),
    (documents) => {
      collection.assertUnique(content);
      return { documents: [...documents, { collection: collection.name, body }], outcome: outcomeFor(id) };
    },
    retry,
  );
}

/** Replaces the first document that matches. */
export async function replaceDocument(
  tenant: Tenant,
  collection: CollectionIndex,
  replacement: Replacement,
  retry?: RetryId,
): Promise<Outcome> {
  const place = { tenant, collection, retry };
  for (let attempt = 1; ; attempt += 1) {
    const [found] = await select(tenant, collection, { filter: replacement.filter, limit: 1 });
    const done = found === undefined ? await upsert(place, replacement) : await replaceFound(place, found, replacement);
    if (done !== undefined) return done;
    if (attempt === MAX_ATTEMPTS) throw new CommandError('HostUnreachable', 'the document is being changed by others');
  }
}

/** Removes what matches; only the removal of one document can be sent again. */
export async function removeDocuments(
  tenant: Tenant,
  collection: CollectionIndex,
  selection: Selection,
  retry?: RetryId,
): Promise<Outcome> {
  const matches = matcherOf(selection.filter);
  let matched = 0;
  for (const found of byRecord(await select(tenant, collection, selection))) {
    const edit: RecordEdit = (documents) => {
      const current = byId(documents, collection.name);
      const gone = found.flatMap(({ id }) => current.get(id) ?? []).filter(({ body }) => matches(decodePlain(body)));
      if (gone.length === 0) return { documents, outcome: NOTHING };
      const removed = new Set(gone);
      const left = documents.filter((document) => !removed.has(document));
      return { documents: left, outcome: { matched: gone.length, modified: 0 } };
    };
    const [address] = found.flatMap((document) => tenant.recordOf(document) ?? []);
    if (address !== undefined) matched += (await tenant.change(address, [], edit, retry)).matched;
  }
  return { matched, modified: 0 };
}

/** Where documents are written, and for which part of a write. */
interface Place {
  readonly tenant: Tenant;
  readonly collection: CollectionIndex;
  readonly retry: RetryId | undefined;
}

/** The documents of each record, so that it is written once. */
function byRecord(documents: readonly IndexedDocument[]): Iterable<IndexedDocument[]> {
  return Map.groupBy(documents, ({ record }) => record).values();
}

/** Undefined when somebody else was faster: look again. */
async function upsert(place: Place, { filter, document, upsert: wanted }: Replacement): Promise<Outcome | undefined> {
  if (!wanted) return NOTHING;
  const id: unknown = document['_id'] ?? equalityOf(filter['_id']);
  try {
    return await add(place, { _id: id, ...document }, (chosen) => ({ matched: 1, modified: 0, id: chosen }));
  } catch (error) {
    const raced = error instanceof CommandError && error.codeName === 'DuplicateKey';
    const again = raced ? await select(place.tenant, place.collection, { filter, limit: 1 }) : [];
    if (again.length > 0) return undefined;
    throw error;
  }
}

/** Undefined when the document is gone, or no longer matches: look again. */
async function replaceFound(
  { tenant, collection, retry }: Place,
  found: IndexedDocument,
  { filter, document }: Replacement,
): Promise<Outcome | undefined> {
  const matches = matcherOf(filter);
  const content = replacing(found, document);
  const address = addressOf(tenant.name, collection.name, content);
  if (address.name !== found.record) {
    throw new CommandError('ImmutableField', `a document of ${collection.name} cannot change what it is named by`);
  }
  const edit: RecordEdit = (documents) => {
    const current = byId(documents, collection.name).get(found.id);
    if (current === undefined || !matches(decodePlain(current.body))) return { documents, outcome: NOTHING };
    const body = bodyInstead(current, document);
    if (current.body.equals(body)) return { documents, outcome: { matched: 1, modified: 0 } };
    collection.assertUnique(content, found.id);
    const replaced = { collection: collection.name, body };
    return {
      documents: documents.map((entry) => (entry === current ? replaced : entry)),
      outcome: { matched: 1, modified: 1 },
    };
  };
  const outcome = await tenant.change(address, collection.uniqueNames(content), edit, retry);
  return outcome.matched === 0 ? undefined : outcome;
}

/** What a document will be, as plain values; it keeps its `_id` for good. */
function replacing(found: IndexedDocument, document: Document): Document {
  const content = decodePlain(encode(document));
  if (content['_id'] !== undefined && valueText(content['_id']) !== found.id) {
    throw new CommandError('ImmutableField', "a document's _id cannot change");
  }
  return { ...content, _id: fieldsOf(found)['_id'] as unknown };
}

/** The new document with the old one's `_id`, in the very type that it has. */
function bodyInstead(current: RecordDocument, document: Document): Buffer {
  const id = { _id: decodeFaithful(current.body)['_id'] as unknown };
  return encodeDocument({ ...id, ...document, ...id });
}

/** The value that a filter on `_id` demands; undefined for a condition or none. */
function equalityOf(condition: unknown): unknown {
  const operators = typeof condition === 'object' && condition !== null && !('_bsontype' in condition);
  return operators ? undefined : condition;
}

/** A body in a buffer of its own: one from a pool would keep all of that in memory as long as the document is there. */
function encodeDocument(document: Document): Buffer {
  const bytes = encode(document);
  if (bytes.length > MAX_DOCUMENT_BYTES) throw new CommandError('BSONObjectTooLarge', 'a document of more than 16 MiB');
  const body = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(body);
  return body;
}
