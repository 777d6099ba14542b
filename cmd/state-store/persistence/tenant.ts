import { decodePlain } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import type { BodyCache } from './body-cache.js';
import type { IndexDefinition, IndexedDocument } from './collection-index.js';
import { CollectionIndex, fieldsOf, ID_INDEX } from './collection-index.js';
import { KeyedMutex } from './keyed-mutex.js';
import { PORTER_INDEXES } from './porter-indexes.js';
import { INDEXES_COLLECTION, valueText } from './record-layout.js';
import type {
  DamagedRecord,
  RecordAddress,
  RecordBody,
  RecordDocument,
  RecordStore,
  StoredAs,
  StoredDocuments,
} from './records.js';
import { DamagedRecordError, RecordConflictError, RecordTooLargeError } from './records.js';
import type { Mark, Outcome, RetryId } from './retry-marks.js';
import { barrier, fresh, LastWrites, noted } from './retry-marks.js';

/** Times that a write is decided anew because others wrote first. */
const MAX_CONFLICTS = 20;
/** Records that are read at once when a query asks for what is not in memory. */
const READS_AT_ONCE = 16;
/** Of documents that are not in memory, for one question. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/** The documents of a record as they shall be, the same list if nothing changes, and what was done to them. */
export interface Edited {
  readonly documents: readonly RecordDocument[];
  readonly outcome: Outcome;
}

/** What becomes of the documents of a record; may be asked several times. */
export type RecordEdit = (documents: readonly RecordDocument[]) => Edited;

/** A record without what it holds, but for where that is found. */
interface KnownRecord {
  readonly address: RecordAddress;
  readonly as: StoredAs;
  readonly marks: readonly Mark[];
  readonly entries: readonly IndexedDocument[];
}

/** Where the documents of a tenant are. */
export interface TenantStorage {
  readonly store: RecordStore;
  readonly bodies: BodyCache;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The documents of one tenant: found in memory, as far as they are there, and written through to the records. */
export class Tenant {
  private readonly collections = new Map<string, CollectionIndex>();
  private readonly records = new Map<string, KnownRecord>();
  private readonly damaged = new Map<string, string>();
  /** Records of which it is not known what they hold, and whether a write of them is still under way. */
  private readonly uncertain = new Map<string, RecordAddress>();
  private readonly mutex = new KeyedMutex();
  private readonly sessions = new KeyedMutex();
  private readonly lastWrites = new LastWrites();

  constructor(
    readonly name: string,
    private readonly storage: TenantStorage,
  ) {}

  /** Names of the collections that hold documents. */
  get collectionNames(): string[] {
    const filled = [...this.collections.values()].filter(({ size }) => size > 0).map(({ name }) => name);
    return filled.filter((name) => name !== INDEXES_COLLECTION).sort();
  }

  collection(name: string): CollectionIndex {
    const known = this.collections.get(name);
    if (known !== undefined) return known;
    const created = new CollectionIndex(name, builtInIndexes(name));
    this.collections.set(name, created);
    return created;
  }

  /** Must be asked before documents are looked at; throws when it is not known what the tenant has. */
  async assertReadable(): Promise<void> {
    for (const [name, address] of this.uncertain) await this.mutex.run([name], () => this.ascertain(address));
    for (const [name, damage] of this.damaged) {
      throw new CommandError('DataCorruptionDetected', `StateRecord ${name} cannot be read: ${damage}`);
    }
  }

  /** Takes over what the store loaded. */
  admit(record: StoredDocuments | DamagedRecord): void {
    if ('damage' in record) this.damaged.set(record.name, record.damage);
    else this.remember(record.name, record, false);
  }

  /**
   * The bodies of documents, in order; reads the records of those that are not in memory. Undefined when one of them is no more
   * what it was when it was found: look again. Throws when they are more than one question may bring into memory.
   */
  async bodiesOf(found: readonly IndexedDocument[]): Promise<Buffer[] | undefined> {
    const records = Map.groupBy(
      found.filter(({ kept }) => !Buffer.isBuffer(kept)),
      ({ record }) => record,
    );
    const bodies = new Map<IndexedDocument, Buffer>();
    let bytes = 0;
    const read = async ([name, wanted]: [string, IndexedDocument[]]): Promise<void> => {
      const documents = await this.documentsOf(name);
      const entries = this.records.get(name)?.entries ?? [];
      for (const entry of wanted) {
        const body = documents[entries.indexOf(entry)]?.body;
        if (body === undefined) continue;
        bodies.set(entry, body);
        bytes += body.length;
      }
      if (bytes > MAX_READ_BYTES)
        throw new CommandError('ExceededMemoryLimit', 'the question is about too much at once');
    };
    const names = [...records];
    for (let start = 0; start < names.length; start += READS_AT_ONCE) {
      await Promise.all(names.slice(start, start + READS_AT_ONCE).map(read));
    }
    const all = found.map((entry) => {
      if (this.collection(entry.collection).byId(entry.id) !== entry) return undefined;
      return Buffer.isBuffer(entry.kept) ? entry.kept : bodies.get(entry);
    });
    return all.every((body) => body !== undefined) ? all : undefined;
  }

  /** The record of a document; undefined when that is no more. */
  recordOf({ record }: IndexedDocument): RecordAddress | undefined {
    return this.records.get(record)?.address;
  }

  /**
   * Runs one part of a write. One that has been done already is not done again, its outcome is told again. A session does one
   * thing after the other: the second attempt may come while the first one is under way.
   */
  once(retry: RetryId | undefined, write: () => Promise<Outcome>): Promise<Outcome> {
    if (retry === undefined) return write();
    return this.sessions.run([retry.session], async () => {
      await this.assertReadable();
      return this.lastWrites.find(retry) ?? write();
    });
  }

  /**
   * Changes one record. Returns when the change is stored, together with `retry`; `edit` is asked again when others changed
   * it meanwhile. `uniques` are names that nobody else may hold in between.
   */
  change(address: RecordAddress, uniques: readonly string[], edit: RecordEdit, retry?: RetryId): Promise<Outcome> {
    return this.mutex.run([address.name, ...uniques], async () => {
      for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
        await this.ascertain(address);
        // What was sent by a process that is no more may have arrived after all.
        const done = retry === undefined ? undefined : this.lastWrites.find(retry);
        if (done !== undefined) return done;
        const held = await this.held(address.name);
        const before = this.records.get(address.name);
        const { documents, outcome } = edit(held);
        if (documents === held || (before === undefined && documents.length === 0)) return outcome;
        const [kept, now] = [before?.marks ?? [], this.storage.now()];
        const marks = retry === undefined ? fresh(kept, now) : noted(kept, retry, outcome, now);
        if (await this.write(address, before, { documents, marks })) return outcome;
        await this.reread(address);
      }
      throw new CommandError('HostUnreachable', `StateRecord ${address.name} is being written by others`);
    });
  }

  /** Names of the records without documents for which nobody can ask any more. */
  get leftovers(): string[] {
    return [...this.records].filter(([, record]) => this.isLeftover(record)).map(([name]) => name);
  }

  /** Takes a record away if it still is one of the {@link leftovers}. */
  discard(name: string): Promise<void> {
    return this.mutex.run([name], async () => {
      const record = this.records.get(name);
      if (record === undefined || !this.isLeftover(record)) return;
      if (!(await this.write(record.address, record, { documents: [], marks: [] }))) await this.reread(record.address);
    });
  }

  private isLeftover({ entries, marks }: KnownRecord): boolean {
    return entries.length === 0 && fresh(marks, this.storage.now()).length === 0;
  }

  private async documentsOf(name: string): Promise<readonly RecordDocument[]> {
    const known = this.records.get(name);
    const here = known === undefined ? [] : this.storage.bodies.find(name, known.as.version);
    // A read that is answered after a write must not undo it.
    return here ?? this.mutex.run([name], () => this.held(name));
  }

  /** What a record holds; to be asked while nobody else writes it. */
  private async held(name: string): Promise<readonly RecordDocument[]> {
    const known = this.records.get(name);
    if (known === undefined || known.entries.length === 0) return [];
    const inMemory = known.entries.flatMap(({ collection, kept }) =>
      Buffer.isBuffer(kept) ? [{ collection, body: kept }] : [],
    );
    if (inMemory.length === known.entries.length) return inMemory;
    return this.storage.bodies.find(name, known.as.version) ?? this.load(name);
  }

  /** False when others wrote first. */
  private async write(address: RecordAddress, before: KnownRecord | undefined, body: RecordBody): Promise<boolean> {
    try {
      this.remember(address.name, await this.put(address, before, body));
      return true;
    } catch (error) {
      if (error instanceof RecordConflictError) return false;
      if (error instanceof RecordTooLargeError) throw new CommandError('BSONObjectTooLarge', error.message);
      this.uncertain.set(address.name, address);
      throw unreachable(error);
    }
  }

  private async put(
    address: RecordAddress,
    before: KnownRecord | undefined,
    body: RecordBody,
  ): Promise<StoredDocuments | undefined> {
    const { store } = this.storage;
    if (before === undefined) return store.create({ ...address, ...body });
    const record = { ...before.address, ...address, ...before.as };
    if (body.documents.length > 0 || body.marks.length > 0) return store.replace({ ...record, ...body });
    await store.delete(record);
    return undefined;
  }

  /**
   * Learns what a record holds after a write of it got no answer, and sees to it that this stays so: the write, should it
   * arrive only now, finds another version than the one that it was based on. Costs nothing where there was no such write.
   */
  private async ascertain(address: RecordAddress): Promise<void> {
    if (!this.uncertain.has(address.name)) return;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
      const documents = await this.reread(address);
      const before = this.records.get(address.name);
      const { marks = [] } = before ?? {};
      const isEmpty = documents.length === 0 && marks.length === 0;
      if (await this.write(address, before, { documents, marks: isEmpty ? [barrier(this.storage.now())] : marks })) {
        this.uncertain.delete(address.name);
        return;
      }
    }
    throw new CommandError('HostUnreachable', `StateRecord ${address.name} is being written by others`);
  }

  /** As {@link load}; a record of which nothing is known now is looked at again before the tenant is served. */
  private async reread(address: RecordAddress): Promise<readonly RecordDocument[]> {
    try {
      const documents = await this.load(address.name);
      this.damaged.delete(address.name);
      return documents;
    } catch (error) {
      this.uncertain.set(address.name, address);
      throw error;
    }
  }

  /** Reads a record as it is stored now. */
  private async load(name: string): Promise<readonly RecordDocument[]> {
    try {
      const record = await this.storage.store.read(name);
      this.remember(name, record);
      return record?.documents ?? [];
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) throw unreachable(error);
      this.damaged.set(name, error.message);
      throw new CommandError('DataCorruptionDetected', `StateRecord ${name} cannot be read: ${error.message}`);
    }
  }

  /** @param isRecent whether somebody may soon ask for what it holds */
  private remember(name: string, record: StoredDocuments | undefined, isRecent = true): void {
    const before = this.records.get(name)?.entries ?? [];
    const entries = (record?.documents ?? []).map(({ collection, body }) =>
      this.collection(collection).entryOf(name, body),
    );
    this.keep(name, record, entries, isRecent);
    this.lastWrites.admit(record?.marks ?? [], this.storage.now());
    for (const entry of entries) this.collection(entry.collection).put(entry);
    const present = new Set(entries);
    // One that has changed has been replaced by now.
    for (const entry of before) if (!present.has(entry)) this.collection(entry.collection).remove(entry);
    this.redefine([...before, ...entries].filter(({ collection }) => collection === INDEXES_COLLECTION));
  }

  private keep(
    name: string,
    record: StoredDocuments | undefined,
    entries: readonly IndexedDocument[],
    isRecent: boolean,
  ): void {
    const { bodies, now } = this.storage;
    if (record === undefined) {
      this.records.delete(name);
      bodies.forget(name);
      return;
    }
    const { documents, marks, version, parts, ...rest } = record;
    const address = { ...porterNamespaceOf(entries), ...rest };
    this.records.set(name, { address, as: { version, parts }, marks: fresh(marks, now()), entries });
    const isWhole = entries.every(({ kept }) => Buffer.isBuffer(kept));
    if (isRecent && !isWhole) bodies.keep(name, version, documents);
  }

  /** Indexes beyond Porter's own are documents themselves: `_id` is the collection, `indexes` are the definitions. */
  private redefine(changed: readonly IndexedDocument[]): void {
    for (const entry of changed) {
      const { _id: name } = fieldsOf(entry) as { _id: string };
      const current = this.collection(INDEXES_COLLECTION).byId(entry.id);
      const further = current === undefined ? [] : (fieldsOf(current)['indexes'] as IndexDefinition[]);
      this.collection(name).define([...builtInIndexes(name), ...further]);
    }
  }
}

/** The indexes that a collection always has. */
export function builtInIndexes(collection: string): readonly IndexDefinition[] {
  return [ID_INDEX, ...(PORTER_INDEXES.get(collection) ?? [])];
}

/** The documents of a collection among those of a record, by their ids. */
export function byId(documents: readonly RecordDocument[], collection: string): Map<string, RecordDocument> {
  const ofIt = documents.filter((document) => document.collection === collection);
  return new Map(ofIt.map((document) => [valueText(decodePlain(document.body)['_id']), document]));
}

/** What is stored does not say it in plain words. */
function porterNamespaceOf([entry]: readonly IndexedDocument[]): Pick<RecordAddress, 'porterNamespace'> {
  const namespace: unknown = entry === undefined ? undefined : fieldsOf(entry)['namespace'];
  return typeof namespace === 'string' ? { porterNamespace: namespace } : {};
}

const unreachable = (error: unknown): CommandError =>
  new CommandError('HostUnreachable', `the Kubernetes API: ${error instanceof Error ? error.message : String(error)}`);
