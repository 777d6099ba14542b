import type { Document } from 'bson';
import { decodePlain } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import { valueText } from './record-layout.js';
import type { RecordDocument } from './records.js';

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
export interface IndexedDocument extends RecordDocument {
  /** `_id` as text. */
  readonly id: string;
  readonly record: string;
  readonly lookups: readonly (string | undefined)[];
}

/** Where the documents of one collection of one tenant are found. Bodies stay encoded until somebody asks. */
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
        return [uniqueKey(definition, decodePlain(document.body)), document] as const;
      });
      this.uniques.set(definition.name, new Map(owners));
    }
  }

  /** Throws DuplicateKey when two documents have the same key. */
  assertPossible(definition: IndexDefinition): void {
    const seen = new Set<string>();
    for (const { body } of definition.unique ? this.documents.values() : []) {
      const content = decodePlain(body);
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

  add(record: string, body: Buffer): void {
    const content = decodePlain(body);
    const lookups = LOOKUP_FIELDS.map((field) => {
      const value: unknown = content[field];
      return typeof value === 'string' ? value : undefined;
    });
    const document = { collection: this.name, body, record, id: valueText(content['_id']), lookups };
    this.documents.set(document.id, document);
    this.eachLookup(document, (entries, value) => {
      const found = entries.get(value);
      if (found === undefined) entries.set(value, new Set([document]));
      else found.add(document);
    });
    for (const definition of this.definitions)
      this.uniques.get(definition.name)?.set(uniqueKey(definition, content), document);
  }

  /** Forgets a document by its body, the very one that was added. */
  remove(body: Buffer): void {
    const content = decodePlain(body);
    const document = this.documents.get(valueText(content['_id']));
    if (document?.body !== body) return;
    this.documents.delete(document.id);
    this.eachLookup(document, (entries, value) => {
      const found = entries.get(value);
      found?.delete(document);
      if (found?.size === 0) entries.delete(value);
    });
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
