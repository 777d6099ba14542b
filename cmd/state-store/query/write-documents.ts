import type { Document } from 'bson';
import { ObjectId } from 'bson';
import type { CollectionIndex, IndexedDocument } from '../persistence/collection-index.js';
import { addressOf, valueText } from '../persistence/record-layout.js';
import type { RecordDocument } from '../persistence/records.js';
import type { Tenant } from '../persistence/tenant.js';
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

export interface Replaced {
  readonly matched: number;
  readonly modified: number;
  /** `_id` of a document that was inserted. */
  readonly id?: unknown;
}

/** Stores a new document and gives its `_id`; throws DuplicateKey. */
export async function insertDocument(
  tenant: Tenant,
  collection: CollectionIndex,
  document: Document,
): Promise<unknown> {
  const { _id: id = new ObjectId(), ...rest } = document;
  const body = encodeDocument({ _id: id as unknown, ...rest });
  const content = decodePlain(body);
  await tenant.change(
    addressOf(tenant.name, collection.name, content),
    collection.uniqueNames(content),
    (documents) => {
      collection.assertUnique(content);
      return [...documents, { collection: collection.name, body }];
    },
  );
  return id;
}

/** Replaces the first document that matches. */
export async function replaceDocument(
  tenant: Tenant,
  collection: CollectionIndex,
  replacement: Replacement,
): Promise<Replaced> {
  for (let attempt = 1; ; attempt += 1) {
    const [found] = select(collection, { filter: replacement.filter, limit: 1 });
    const done =
      found === undefined
        ? await upsert(tenant, collection, replacement)
        : await replaceFound(tenant, collection, found, replacement);
    if (done !== undefined) return done;
    if (attempt === MAX_ATTEMPTS) throw new CommandError('HostUnreachable', 'the document is being changed by others');
  }
}

/** Removes what matches and tells how many documents that were. */
export async function removeDocuments(
  tenant: Tenant,
  collection: CollectionIndex,
  selection: Selection,
): Promise<number> {
  const matches = matcherOf(selection.filter);
  let removed = 0;
  for (const [first, ids] of byRecord(select(collection, selection))) {
    let gone: RecordDocument[] = [];
    await tenant.change(addressIn(tenant, first), [], (documents) => {
      gone = ids
        .flatMap((id) => currentIn(documents, collection, id) ?? [])
        .filter(({ body }) => matches(decodePlain(body)));
      const bodies = gone.map(({ body }) => body);
      return gone.length === 0 ? documents : documents.filter(({ body }) => !bodies.includes(body));
    });
    removed += gone.length;
  }
  return removed;
}

/** For each record one of its documents and the ids of all, so that a record is written once. */
function byRecord(documents: readonly IndexedDocument[]): (readonly [IndexedDocument, string[]])[] {
  const groups = new Map<string, readonly [IndexedDocument, string[]]>();
  for (const document of documents) {
    const group = groups.get(document.record);
    if (group === undefined) groups.set(document.record, [document, [document.id]]);
    else group[1].push(document.id);
  }
  return [...groups.values()];
}

/** Undefined when somebody else was faster: look again. */
async function upsert(
  tenant: Tenant,
  collection: CollectionIndex,
  { filter, document, upsert: wanted }: Replacement,
): Promise<Replaced | undefined> {
  if (!wanted) return { matched: 0, modified: 0 };
  const id: unknown = document['_id'] ?? equalityOf(filter['_id']);
  try {
    return { matched: 1, modified: 0, id: await insertDocument(tenant, collection, { _id: id, ...document }) };
  } catch (error) {
    const raced = error instanceof CommandError && error.codeName === 'DuplicateKey';
    if (raced && select(collection, { filter, limit: 1 }).length > 0) return undefined;
    throw error;
  }
}

/** Undefined when the document is gone, or no longer matches: look again. */
async function replaceFound(
  tenant: Tenant,
  collection: CollectionIndex,
  found: IndexedDocument,
  { filter, document }: Replacement,
): Promise<Replaced | undefined> {
  const matches = matcherOf(filter);
  const id = keptId(found, document);
  const body = encodeDocument({ ...id, ...document, ...id });
  const content = decodePlain(body);
  const address = addressOf(tenant.name, collection.name, content);
  if (address.name !== found.record) {
    throw new CommandError('ImmutableField', `a document of ${collection.name} cannot change what it is named by`);
  }
  let replaced: Replaced | undefined;
  await tenant.change(address, collection.uniqueNames(content), (documents) => {
    replaced = undefined;
    const current = currentIn(documents, collection, found.id);
    if (current === undefined || !matches(decodePlain(current.body))) return documents;
    replaced = { matched: 1, modified: current.body.equals(body) ? 0 : 1 };
    if (replaced.modified === 0) return documents;
    collection.assertUnique(content, found.id);
    return documents.map((entry) => (entry.body === current.body ? { collection: collection.name, body } : entry));
  });
  return replaced;
}

/** The document as it is now, if it is among those of its record. */
function currentIn(
  documents: readonly RecordDocument[],
  collection: CollectionIndex,
  id: string,
): RecordDocument | undefined {
  const current = collection.byId(id);
  return documents.find(({ body }) => body === current?.body);
}

const addressIn = (tenant: Tenant, { collection, body }: IndexedDocument): ReturnType<typeof addressOf> =>
  addressOf(tenant.name, collection, decodePlain(body));

/** A document keeps its `_id` for good. */
function keptId(found: IndexedDocument, document: Document): { _id: unknown } {
  const kept: unknown = decodeFaithful(found.body)['_id'];
  const given: unknown = document['_id'];
  if (given !== undefined && valueText(decodePlain(encode({ _id: given }))['_id']) !== found.id) {
    throw new CommandError('ImmutableField', "a document's _id cannot change");
  }
  return { _id: kept };
}

/** The value that a filter on `_id` demands; undefined for a condition or none. */
function equalityOf(condition: unknown): unknown {
  const operators = typeof condition === 'object' && condition !== null && !('_bsontype' in condition);
  return operators ? undefined : condition;
}

function encodeDocument(document: Document): Buffer {
  const body = encode(document);
  if (body.length > MAX_DOCUMENT_BYTES) throw new CommandError('BSONObjectTooLarge', 'a document of more than 16 MiB');
  return body;
}
