import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'bson';
import { decodePlain } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import { areInMemory, headerOf, isKeptByHeaders } from './document-header.js';
import { valueText } from './record-layout.js';

/** Fields by which Porter looks documents up; equality on one of them spares looking at all documents. */
const LOOKUP_FIELDS = ['name', 'installation', 'runId'] as const;

/** An index as MongoDB describes it. */
export interface IndexDefinition {
  readonly name: string;
  /** Field names and directions, in order. */
  readonly key: Readonly<Record<string, number>>;
  readonly unique: boolean;
}

export const ID_INDEX: IndexDefinition = { name: '_id_', key: { _id: 1 }, unique: true };

/** A document, the record that holds it, and what it is found by. */
export interface IndexedDocument {
  readonly collection: string;
  /** `_id` as text. */
  readonly id: string;
  readonly record: string;
  readonly lookups: readonly (string | undefined)[];
  /** All of it, as BSON, or some of its fields, as plain values: what is in memory. */
  readonly kept: Buffer | Document;
}

/** The fields of a document that are in memory, as plain values. */
export function fieldsOf({ kept }: IndexedDocument): Document {
  return Buffer.isBuffer(kept) ? decodePlain(kept) : kept;
}

/** Where the documents of one collection of one tenant are found. */
export class CollectionIndex {
  private readonly documents = new Map<string, IndexedDocument>();
  private readonly lookups = LOOKUP_FIELDS.map(() => new Map<string, Set<IndexedDocument>>());
  private readonly uniques = new Map<string, Map<string, IndexedDocument>>();

  constructor(
    readonly name: string,
    private definitions: readonly IndexDefinition[],
  ) {
    this.define(definitions);
  }

  get size(): number {
    return this.documents.size;
  }

  get indexes(): readonly IndexDefinition[] {
    return this.definitions;
  }

  /** Replaces the indexes. */
  define(definitions: readonly IndexDefinition[]): void {
    this.definitions = definitions;
    this.uniques.clear();
    for (const definition of definitions.filter(({ unique }) => unique)) {
      const owners = [...this.documents.values()].map((document) => {
        return [uniqueKey(definition, fieldsOf(document)), document] as const;
      });
      this.uniques.set(definition.name, new Map(owners));
    }
  }

  /** Throws DuplicateKey when two documents have the same key, CannotCreateIndex when the key is of fields that are not in memory. */
  assertPossible(definition: IndexDefinition): void {
    if (!definition.unique) return;
    if (!areInMemory(this.name, Object.keys(definition.key))) {
      const message = `${definition.name}: of ${this.name} only what Porter looks it up by can be unique`;
      throw new CommandError('CannotCreateIndex', message);
    }
    const seen = new Set<string>();
    for (const document of this.documents.values()) {
      const content = fieldsOf(document);
      const key = uniqueKey(definition, content);
      if (seen.has(key)) throw duplicate(this.name, definition, content);
      seen.add(key);
    }
  }

  /** Documents among which all are that `filter` matches. */
  candidates(filter: Document): Iterable<IndexedDocument> {
    if (isScalar(filter['_id'])) {
      const found = this.documents.get(valueText(filter['_id']));
      return found === undefined ? [] : [found];
    }
    let smallest: Set<IndexedDocument> | undefined;
    for (const [position, field] of LOOKUP_FIELDS.entries()) {
      const value: unknown = filter[field];
      if (typeof value !== 'string') continue;
      const found = this.lookups[position]?.get(value);
      if (found === undefined) return [];
      if (smallest === undefined || found.size < smallest.size) smallest = found;
    }
    return smallest ?? this.documents.values();
  }

  byId(id: string): IndexedDocument | undefined {
    return this.documents.get(id);
  }

  /** Throws DuplicateKey if a document, other than that of `id`, has one of the unique keys of `content`. */
  assertUnique(content: Document, id?: string): void {
    for (const definition of this.definitions) {
      const owner = this.uniques.get(definition.name)?.get(uniqueKey(definition, content));
      if (owner !== undefined && owner.id !== id) throw duplicate(this.name, definition, content);
    }
  }

  /** The unique keys of a document, as names to hold while it is written. */
  uniqueNames(content: Document): string[] {
    return this.definitions
      .filter(({ unique }) => unique)
      .map((definition) => `${this.name}/${definition.name}/${uniqueKey(definition, content)}`);
  }

  /** The document as it is kept here; the very one that is here already if nothing is different. */
  entryOf(record: string, body: Buffer): IndexedDocument {
    const content = decodePlain(body);
    const known = this.documents.get(valueText(content['_id']));
    const kept = isKeptByHeaders(this.name) ? headerOf(content) : body;
    if (known?.record === record && isDeepStrictEqual(known.kept, kept)) return known;
    const lookups = LOOKUP_FIELDS.map((field) => {
      const value: unknown = content[field];
      return typeof value === 'string' ? value : undefined;
    });
    return { collection: this.name, id: valueText(content['_id']), record, lookups, kept };
  }

  /** Takes a document in, in place of the one of the same id. */
  put(document: IndexedDocument): void {
    const before = this.documents.get(document.id);
    if (before === document) return;
    if (before !== undefined) this.unlink(before);
    this.documents.set(document.id, document);
    this.eachLookup(document, (entries, value) => {
      const found = entries.get(value);
      if (found === undefined) entries.set(value, new Set([document]));
      else found.add(document);
    });
    const content = fieldsOf(document);
    for (const definition of this.definitions)
      this.uniques.get(definition.name)?.set(uniqueKey(definition, content), document);
  }

  /** Forgets a document, if it is the very one that is here. */
  remove(document: IndexedDocument): void {
    if (this.documents.get(document.id) !== document) return;
    this.documents.delete(document.id);
    this.unlink(document);
  }

  private unlink(document: IndexedDocument): void {
    this.eachLookup(document, (entries, value) => {
      const found = entries.get(value);
      found?.delete(document);
      if (found?.size === 0) entries.delete(value);
    });
    const content = fieldsOf(document);
    for (const definition of this.definitions) {
      const owners = this.uniques.get(definition.name);
      const key = uniqueKey(definition, content);
      if (owners?.get(key) === document) owners.delete(key);
    }
  }

  private eachLookup(
    document: IndexedDocument,
    visit: (entries: Map<string, Set<IndexedDocument>>, value: string) => void,
  ): void {
    for (const [position, entries] of this.lookups.entries()) {
      const value = document.lookups[position];
      if (value !== undefined) visit(entries, value);
    }
  }
}

function isScalar(value: unknown): boolean {
  return (
    typeof value === 'string' || typeof value === 'number' || (value as Document | null)?.['_bsontype'] === 'ObjectId'
  );
}

function uniqueKey({ key }: IndexDefinition, content: Document): string {
  return JSON.stringify(Object.keys(key).map((path) => valueText(valueAt(content, path))));
}

/** The value of a field, or of a field of a field (`a.b`); lists are not looked into. */
function valueAt(content: Document, path: string): unknown {
  let value: unknown = content;
  for (const field of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined;
    value = (value as Document)[field];
  }
  return value;
}

function duplicate(collection: string, { name, key }: IndexDefinition, content: Document): CommandError {
  const keyValue = Object.fromEntries(Object.keys(key).map((path) => [path, valueAt(content, path) ?? null]));
  const message = `E11000 duplicate key error collection: ${collection} index: ${name} dup key: ${JSON.stringify(keyValue)}`;
  return new CommandError('DuplicateKey', message, { keyPattern: key, keyValue });
}
