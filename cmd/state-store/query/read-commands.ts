import type { Document } from 'bson';
import { CommandError } from '../wire/command-error.js';
import { decodePlain } from '../wire/bson-codec.js';
import { valueText } from '../persistence/record-layout.js';
import { collectionOf, countAt, objectAt, objectsAt, plainArguments } from './arguments.js';
import type { Call } from './call.js';
import type { Cursors } from './cursors.js';
import { aggregate, find as findDocuments, project, select } from './select.js';

/** `find`: a filter, an order, a section, a choice of fields. */
export async function find(call: Call, cursors: Cursors): Promise<Document> {
  const name = collectionOf(call.body);
  const options = plainArguments(call.body);
  const batchSize = countAt(options, 'batchSize');
  const found = await findDocuments(call.tenant, call.tenant.collection(name), {
    filter: objectAt(options, 'filter'),
    sort: sortOf(options),
    skip: countAt(options, 'skip'),
    limit: countAt(options, 'limit'),
  });
  const bodies = project(
    found.map(({ body }) => body),
    objectAt(options, 'projection'),
  );
  const single = options['singleBatch'] === true && batchSize !== undefined;
  return cursors.first(
    call.tenant.name,
    namespaceOf(call, name),
    single ? bodies.slice(0, batchSize) : bodies,
    batchSize,
  );
}

/** `aggregate`: a pipeline over one collection. */
export async function aggregateCommand(call: Call, cursors: Cursors): Promise<Document> {
  const name = collectionOf(call.body);
  const options = plainArguments(call.body);
  const bodies = await aggregate(call.tenant, name, objectsAt(options, 'pipeline'));
  return cursors.first(
    call.tenant.name,
    namespaceOf(call, name),
    bodies,
    countAt(objectAt(options, 'cursor'), 'batchSize'),
  );
}

/** `count`: how many match. */
export async function count(call: Call): Promise<Document> {
  const options = plainArguments(call.body);
  const found = await select(call.tenant, call.tenant.collection(collectionOf(call.body)), {
    filter: objectAt(options, 'query'),
    skip: countAt(options, 'skip'),
    limit: countAt(options, 'limit'),
  });
  return { n: found.length };
}

/** `distinct`: the values of one field. */
export async function distinct(call: Call): Promise<Document> {
  const options = plainArguments(call.body);
  const key: unknown = options['key'];
  if (typeof key !== 'string') throw new CommandError('TypeMismatch', 'key must be a string');
  const groups = await aggregate(call.tenant, collectionOf(call.body), [
    { $match: objectAt(options, 'query') },
    { $match: { [key]: { $exists: true } } },
    { $group: { _id: `$${key}` } },
  ]);
  const values = groups.flatMap((body): unknown => decodePlain(body)['_id']);
  return { values: [...new Map(values.map((value) => [valueText(value), value])).values()] };
}

/** `getMore`: what follows in an answer. */
export function getMore(call: Call, cursors: Cursors): Document {
  const id = String(call.body['getMore']);
  return cursors.next(call.tenant.name, id, countAt(plainArguments(call.body), 'batchSize'));
}

/** `killCursors`: nobody will ask for the rest. */
export function killCursors(call: Call, cursors: Cursors): Document {
  const given: unknown = call.body['cursors'];
  const ids = Array.isArray(given) ? given.map(String) : [];
  const killed = ids.filter((id) => cursors.close(call.tenant.name, id));
  const long = (list: string[]): unknown[] => (given as unknown[]).filter((id) => list.includes(String(id)));
  const missing = ids.filter((id) => !killed.includes(id));
  return { cursorsKilled: long(killed), cursorsNotFound: long(missing), cursorsAlive: [], cursorsUnknown: [] };
}

export function namespaceOf(call: Call, collection: string): string {
  return `${call.request.database}.${collection}`;
}

function sortOf(options: Document): Document {
  const sort = objectAt(options, 'sort');
  if (!Object.values(sort).every((direction) => direction === 1 || direction === -1)) {
    throw new CommandError('BadValue', 'a sort may only say 1 or -1');
  }
  return sort;
}
