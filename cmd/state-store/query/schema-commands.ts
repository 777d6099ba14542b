import type { Document } from 'bson';
import { Int32, Long } from 'bson';
import type { IndexDefinition } from '../persistence/collection-index.js';
import { defaultName } from '../persistence/porter-indexes.js';
import { INDEXES_COLLECTION } from '../persistence/record-layout.js';
import type { Tenant } from '../persistence/tenant.js';
import { builtInIndexes } from '../persistence/tenant.js';
import { CommandError } from '../wire/command-error.js';
import { collectionOf, isObject, objectAt, objectsAt, plainArguments } from './arguments.js';
import type { Call } from './call.js';
import { matcherOf } from './query-language.js';
import { namespaceOf } from './read-commands.js';
import { removeDocuments, replaceDocument } from './write-documents.js';

/** `createIndexes`: those that are there already cost nothing. */
export async function createIndexes(call: Call): Promise<Document> {
  const collection = call.tenant.collection(collectionOf(call.body));
  const wanted = objectsAt(plainArguments(call.body), 'indexes').map(indexDefinition);
  const before = collection.indexes;
  const missing = wanted.filter((index) => !before.some((known) => sameIndex(known, index)));
  for (const index of missing) {
    if (before.some(({ name }) => name === index.name)) {
      throw new CommandError('IndexKeySpecsConflict', `another index is called ${index.name}`);
    }
    const same = before.find(({ key }) => JSON.stringify(key) === JSON.stringify(index.key));
    if (same !== undefined) {
      throw new CommandError('IndexOptionsConflict', `the index ${same.name} is of the same fields`);
    }
    collection.assertPossible(index);
  }
  if (missing.length > 0) await keepIndexes(call.tenant, collection.name, [...before, ...missing]);
  const counts = {
    numIndexesBefore: new Int32(before.length),
    numIndexesAfter: new Int32(before.length + missing.length),
  };
  return missing.length > 0 ? counts : { ...counts, note: 'all indexes already exist' };
}

/** `listIndexes`, with the same answer for a collection without documents. */
export function listIndexes(call: Call): Document {
  const name = collectionOf(call.body);
  const firstBatch = call.tenant.collection(name).indexes.map((index) => ({
    v: 2,
    key: index.key,
    name: index.name,
    ...(index.unique && index.name !== '_id_' ? { unique: true } : {}),
  }));
  return { cursor: { id: Long.ZERO, ns: namespaceOf(call, name), firstBatch } };
}

/** `dropIndexes`: by name, or all; Porter's own stay, since it would ask for them again. */
export async function dropIndexes(call: Call): Promise<Document> {
  const collection = call.tenant.collection(collectionOf(call.body));
  const named: unknown = plainArguments(call.body)['index'];
  const names: unknown[] = Array.isArray(named) ? named : [named];
  const before = collection.indexes;
  const rest = before.filter(({ name }) => !names.includes(name) && !names.includes('*'));
  const kept = builtInIndexes(collection.name).filter(({ name }) => !rest.some((index) => index.name === name));
  if (rest.length < before.length) await keepIndexes(call.tenant, collection.name, [...kept, ...rest]);
  return { nIndexesWas: before.length };
}

/** `drop`: a collection with all that is in it, and with its indexes but for Porter's own. */
export async function drop(call: Call): Promise<Document> {
  const name = collectionOf(call.body);
  const { indexes } = call.tenant.collection(name);
  await empty(call.tenant, name);
  return { nIndexesWas: new Int32(indexes.length), ns: namespaceOf(call, name) };
}

/** `dropDatabase`: everything that the tenant has. */
export async function dropDatabase(call: Call): Promise<Document> {
  for (const name of call.tenant.collectionNames) await empty(call.tenant, name);
  return { dropped: call.request.database };
}

async function empty(tenant: Tenant, name: string): Promise<void> {
  await removeDocuments(tenant, tenant.collection(name), { filter: {} });
  if (tenant.collection(name).indexes.length > builtInIndexes(name).length) {
    await keepIndexes(tenant, name, builtInIndexes(name));
  }
}

/** `listCollections`: those that hold documents. */
export function listCollections(call: Call): Document {
  const options = plainArguments(call.body);
  const matches = matcherOf(objectAt(options, 'filter'));
  const details = options['nameOnly'] === true ? {} : { options: {}, info: { readOnly: false } };
  const firstBatch = call.tenant.collectionNames
    .map((name) => ({ name, type: 'collection', ...details }))
    .filter((collection) => matches(collection));
  return { cursor: { id: Long.ZERO, ns: namespaceOf(call, '$cmd.listCollections'), firstBatch } };
}

/** Stores what a collection has beyond its built-in indexes. */
async function keepIndexes(tenant: Tenant, collection: string, indexes: readonly IndexDefinition[]): Promise<void> {
  const own = builtInIndexes(collection).map(({ name }) => name);
  const further = indexes.filter(({ name }) => !own.includes(name));
  const catalogue = tenant.collection(INDEXES_COLLECTION);
  const filter = { _id: collection };
  if (further.length === 0) await removeDocuments(tenant, catalogue, { filter });
  else await replaceDocument(tenant, catalogue, { filter, document: { indexes: further }, upsert: true });
}

function indexDefinition(given: Document): IndexDefinition {
  const { key, name, unique = false, v, background, ns, ...options } = given;
  const [unsupported] = Object.keys(options);
  if (unsupported !== undefined) throw new CommandError('BadValue', `indexes with ${unsupported} are not supported`);
  const fields = isObject(key) ? Object.entries(key) : [];
  if (fields.length === 0 || !fields.every(([, direction]) => direction === 1 || direction === -1)) {
    throw new CommandError('BadValue', 'the key of an index names fields with 1 or -1');
  }
  const directions = Object.fromEntries(fields) as Record<string, number>;
  return { name: typeof name === 'string' ? name : defaultName(directions), key: directions, unique: unique === true };
}

function sameIndex(a: IndexDefinition, b: IndexDefinition): boolean {
  return a.name === b.name && a.unique === b.unique && JSON.stringify(a.key) === JSON.stringify(b.key);
}
