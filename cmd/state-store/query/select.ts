import type { Document } from 'bson';
import type { CollectionIndex, IndexedDocument } from '../persistence/collection-index.js';
import { fieldsOf } from '../persistence/collection-index.js';
import { areInMemory } from '../persistence/document-header.js';
import type { Tenant } from '../persistence/tenant.js';
import { decodeFaithful, decodePlain, encode } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import { isObject } from './arguments.js';
import { withinDeadline } from './deadline.js';
import { assertSpoken, matcherOf, runPipeline } from './query-language.js';

/** More than any query of Porter's names. */
const FEW_FIELDS = 8;
/** Times that a query looks again because what it found was changed before it had been read. */
const MAX_LOOKS = 10;
const LISTS_OF_FILTERS: ReadonlySet<string> = new Set(['$and', '$or', '$nor']);
/** Stages that need to know how many documents there are, or which, but not what is in them. */
const COUNTING: ReadonlySet<string> = new Set(['$group', '$count', '$skip', '$limit']);

/** Which documents of a collection, and in which order; values are plain. */
export interface Selection {
  readonly filter: Document;
  readonly sort?: Document;
  readonly skip?: number;
  /** 0: all. */
  readonly limit?: number;
}

/** A document that was found, with its body. */
export interface Found {
  readonly document: IndexedDocument;
  readonly body: Buffer;
}

/** The documents that match, in order; read where what is in memory is not enough to tell. */
export async function select(
  tenant: Tenant,
  collection: CollectionIndex,
  selection: Selection,
): Promise<readonly IndexedDocument[]> {
  if (areInMemory(collection.name, fieldsIn(selection))) return matching(collection, selection);
  return (await read(tenant, collection, selection)).map(({ document }) => document);
}

/** As {@link select}, with bodies. */
export async function find(
  tenant: Tenant,
  collection: CollectionIndex,
  selection: Selection,
): Promise<readonly Found[]> {
  if (!areInMemory(collection.name, fieldsIn(selection))) return read(tenant, collection, selection);
  return whileNothingChanges(async () => withBodies(tenant, matching(collection, selection)));
}

/** Those of the candidates that match by what is in memory, in order. */
function matching(collection: CollectionIndex, selection: Selection): IndexedDocument[] {
  return ordered(collection.candidates(selection.filter), selection, fieldsOf);
}

/** As {@link matching}, by what is stored. */
function read(tenant: Tenant, collection: CollectionIndex, selection: Selection): Promise<Found[]> {
  // What is not understood need not be read for.
  matcherOf(selection.filter);
  return whileNothingChanges(async () => {
    const candidates = await withBodies(tenant, [...collection.candidates(selection.filter)]);
    return candidates && ordered(candidates, selection, ({ body }) => decodePlain(body));
  });
}

async function withBodies(tenant: Tenant, documents: readonly IndexedDocument[]): Promise<Found[] | undefined> {
  const bodies = await tenant.bodiesOf(documents);
  return bodies?.flatMap((body, index) => {
    const document = documents[index];
    return document === undefined ? [] : [{ document, body }];
  });
}

/** Looks until what was found is still so when it has been read. */
async function whileNothingChanges<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < MAX_LOOKS; attempt += 1) {
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  throw new CommandError('HostUnreachable', 'what is asked for changes faster than it can be read');
}

function ordered<T>(candidates: Iterable<T>, selection: Selection, contentOf: (candidate: T) => Document): T[] {
  const { filter, sort = {}, skip = 0, limit = 0 } = selection;
  const end = limit === 0 ? undefined : skip + limit;
  return limited([filter, sort], () => {
    const matches = matcherOf(filter);
    const unsorted = Object.keys(sort).length === 0;
    const found = new Map<Document, T>();
    for (const candidate of candidates) {
      const content = contentOf(candidate);
      if (matches(content)) found.set(content, candidate);
      if (unsorted && found.size === end) break;
    }
    const order = unsorted ? [...found.keys()] : runPipeline([{ $sort: sort }], [...found.keys()]);
    return order.slice(skip, end).flatMap((content) => found.get(content) ?? []);
  });
}

/** Bodies with the fields that a projection of ones or zeros leaves; types stay what they are. */
export function project(bodies: readonly Buffer[], projection: Document): readonly Buffer[] {
  const values = Object.values(projection);
  if (values.length === 0) return bodies;
  if (!values.every((value) => value === 0 || value === 1 || typeof value === 'boolean')) {
    throw new CommandError('BadValue', 'a projection may only say 1 or 0');
  }
  return limited([projection], () => runPipeline([{ $project: projection }], bodies.map(decodeFaithful)).map(encode));
}

/** What a pipeline makes of a collection, as bodies. */
export async function aggregate(tenant: Tenant, name: string, pipeline: Document[]): Promise<Buffer[]> {
  assertSpoken(pipeline);
  const [first, ...rest] = pipeline;
  const match = first?.['$match'] as Document | undefined;
  const [filter, stages] = match === undefined ? [{}, pipeline] : [match, rest];
  const collection = tenant.collection(name);
  const source = onlyCount(stages)
    ? (await select(tenant, collection, { filter })).map((document) => () => fieldsOf(document))
    : contentsOf(await find(tenant, collection, { filter }));
  const others = new Map<string, (() => Document)[]>();
  for (const other of lookedUpBy(stages)) {
    others.set(other, contentsOf(await find(tenant, tenant.collection(other), { filter: {} })));
  }
  return withinDeadline(() => {
    const decoded = (contents: readonly (() => Document)[] = []) => contents.map((content) => content());
    return runPipeline(stages, decoded(source), (other) => decoded(others.get(other))).map(encode);
  });
}

/**
 * Runs a task that has been asked for in these words. To watch over one takes a thread of its own and longer than most of them;
 * those of Porter compare, order or leave out a few fields, which cannot take long.
 */
function limited<T>(words: readonly Document[], task: () => T): T {
  return words.every(isSimple) ? task() : withinDeadline(task);
}

function isSimple(document: Document): boolean {
  const values = Object.values(document);
  return values.length <= FEW_FIELDS && values.every((value) => typeof value !== 'object' || value === null);
}

/** Their contents, to be decoded when there is a limit to how long that may take. */
const contentsOf = (found: readonly Found[]): (() => Document)[] =>
  found.map(
    ({ body }) =>
      () =>
        decodePlain(body),
  );

/** The fields by which documents are chosen and ordered; what else a filter can say is none that any document has. */
function fieldsIn({ filter, sort = {} }: Selection): string[] {
  return [...fieldsOfFilter(filter), ...Object.keys(sort)];
}

function fieldsOfFilter(filter: Document): string[] {
  return Object.entries(filter).flatMap(([name, condition]) => {
    if (!LISTS_OF_FILTERS.has(name) || !Array.isArray(condition)) return [name];
    return condition.flatMap((part) => (isObject(part) ? fieldsOfFilter(part) : [name]));
  });
}

/** Whether a pipeline looks into no document and passes none on. */
function onlyCount(stages: readonly Document[]): boolean {
  const names = stages.flatMap((stage) => Object.keys(stage));
  return (
    names.every((name) => COUNTING.has(name)) &&
    names.some((name) => name === '$group' || name === '$count') &&
    !stages.some(namesAField)
  );
}

/** Whether a value, however deep, is the path of a field, such as `$name`. */
function namesAField(value: unknown): boolean {
  if (typeof value === 'string') return value.startsWith('$');
  return typeof value === 'object' && value !== null && Object.values(value).some(namesAField);
}

/** The collections of which a pipeline joins documents, however deep. */
function lookedUpBy(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const from = name === '$lookup' && isObject(inner) ? (inner['from'] as unknown) : undefined;
    return [...(typeof from === 'string' ? [from] : []), ...lookedUpBy(inner)];
  });
}
