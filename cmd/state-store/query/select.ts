import type { Document } from 'bson';
import type { CollectionIndex, IndexedDocument } from '../persistence/collection-index.js';
import type { Tenant } from '../persistence/tenant.js';
import { decodeFaithful, decodePlain, encode } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import { withinDeadline } from './deadline.js';
import { matcherOf, runPipeline } from './query-language.js';

/** More than any query of Porter's names. */
const FEW_FIELDS = 8;

/** Which documents of a collection, and in which order; values are plain. */
export interface Selection {
  readonly filter: Document;
  readonly sort?: Document;
  readonly skip?: number;
  /** 0: all. */
  readonly limit?: number;
}

/** The documents that match, in order. */
export function select(collection: CollectionIndex, selection: Selection): IndexedDocument[] {
  const { sort = {}, skip = 0, limit = 0 } = selection;
  const end = limit === 0 ? undefined : skip + limit;
  return limited([selection.filter, sort], () => {
    const matches = matcherOf(selection.filter);
    const unsorted = Object.keys(sort).length === 0;
    const found = new Map<Document, IndexedDocument>();
    for (const candidate of collection.candidates(selection.filter)) {
      const content = decodePlain(candidate.body);
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
export function aggregate(tenant: Tenant, collection: string, pipeline: Document[]): Buffer[] {
  return withinDeadline(() => {
    const [first, ...rest] = pipeline;
    const filter = first?.['$match'] as Document | undefined;
    const source = contents(tenant, collection, filter ?? {});
    const stages = filter === undefined ? pipeline : rest;
    return runPipeline(stages, source, (name) => contents(tenant, name, {})).map(encode);
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

function contents(tenant: Tenant, collection: string, filter: Document): Document[] {
  const matches = matcherOf(filter);
  const candidates = [...tenant.collection(collection).candidates(filter)];
  return candidates.map(({ body }) => decodePlain(body)).filter(matches);
}
