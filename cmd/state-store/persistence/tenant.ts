import { decodePlain } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import type { IndexDefinition } from './collection-index.js';
import { CollectionIndex, ID_INDEX } from './collection-index.js';
import { KeyedMutex } from './keyed-mutex.js';
import { PORTER_INDEXES } from './porter-indexes.js';
import { INDEXES_COLLECTION } from './record-layout.js';
import type {
  DamagedRecord,
  RecordAddress,
  RecordBody,
  RecordDocument,
  RecordStore,
  StoredDocuments,
} from './records.js';
import { DamagedRecordError, RecordConflictError, RecordTooLargeError } from './records.js';
import type { Outcome, RetryId } from './retry-marks.js';
import { barrier, fresh, LastWrites, noted } from './retry-marks.js';

/** Times that a write is decided anew because others wrote first. */
const MAX_CONFLICTS = 20;

/** The documents of a record as they shall be, the same list if nothing changes, and what was done to them. */
export interface Edited {
  readonly documents: readonly RecordDocument[];
  readonly outcome: Outcome;
}

/** What becomes of the documents of a record; may be asked several times. */
export type RecordEdit = (documents: readonly RecordDocument[]) => Edited;

/** The documents of one tenant: found in memory, and written through to the records. */
export class Tenant {
  private readonly collections = new Map<string, CollectionIndex>();
  private readonly records = new Map<string, StoredDocuments>();
  private readonly damaged = new Map<string, string>();
  /** Records of which it is not known what they hold, and whether a write of them is still under way. */
  private readonly uncertain = new Map<string, RecordAddress>();
  private readonly mutex = new KeyedMutex();
  private readonly sessions = new KeyedMutex();
  private readonly lastWrites = new LastWrites();

  constructor(
    readonly name: string,
    private readonly store: RecordStore,
    private readonly now: () => number,
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
    else this.remember(record.name, record);
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
        const before = this.records.get(address.name);
        const { documents, outcome } = edit(before?.documents ?? []);
        if (documents === before?.documents || (before === undefined && documents.length === 0)) return outcome;
        const [kept, now] = [before?.marks ?? [], this.now()];
        const marks = retry === undefined ? fresh(kept, now) : noted(kept, retry, outcome, now);
        if (await this.write(address, before, { documents, marks })) return outcome;
        await this.reread(address);
      }
      throw new CommandError('HostUnreachable', `StateRecord ${address.name} is being written by others`);
    });
  }

  /** Names of the records without documents for which nobody can ask any more. */
  get leftovers(): string[] {
    return [...this.records.values()].filter((record) => this.isLeftover(record)).map(({ name }) => name);
  }

  /** Takes a record away if it still is one of the {@link leftovers}. */
  discard(name: string): Promise<void> {
    return this.mutex.run([name], async () => {
      const record = this.records.get(name);
      if (record === undefined || !this.isLeftover(record)) return;
      if (!(await this.write(record, record, { documents: [], marks: [] }))) await this.reread(record);
    });
  }

  private isLeftover({ documents, marks }: StoredDocuments): boolean {
    return documents.length === 0 && fresh(marks, this.now()).length === 0;
  }

  /** False when others wrote first. */
  private async write(address: RecordAddress, before: StoredDocuments | undefined, body: RecordBody): Promise<boolean> {
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
    before: StoredDocuments | undefined,
    body: RecordBody,
  ): Promise<StoredDocuments | undefined> {
    if (before === undefined) return this.store.create({ ...address, ...body });
    if (body.documents.length > 0 || body.marks.length > 0)
      return this.store.replace({ ...before, ...address, ...body });
    await this.store.delete(before);
    return undefined;
  }

  /**
   * Learns what a record holds after a write of it got no answer, and sees to it that this stays so: the write, should it
   * arrive only now, finds another version than the one that it was based on. Costs nothing where there was no such write.
   */
  private async ascertain(address: RecordAddress): Promise<void> {
    if (!this.uncertain.has(address.name)) return;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
      await this.reread(address);
      const before = this.records.get(address.name);
      const { documents = [], marks = [] } = before ?? {};
      const isEmpty = documents.length === 0 && marks.length === 0;
      if (await this.write(address, before, { documents, marks: isEmpty ? [barrier(this.now())] : marks })) {
        this.uncertain.delete(address.name);
        return;
      }
    }
    throw new CommandError('HostUnreachable', `StateRecord ${address.name} is being written by others`);
  }

  private async reread(address: RecordAddress): Promise<void> {
    const { name } = address;
    try {
      this.remember(name, await this.store.read(name));
      this.damaged.delete(name);
    } catch (error) {
      this.uncertain.set(name, address);
      if (!(error instanceof DamagedRecordError)) throw unreachable(error);
      this.damaged.set(name, error.message);
      throw new CommandError('DataCorruptionDetected', `StateRecord ${name} cannot be read: ${error.message}`);
    }
  }

  private remember(name: string, record: StoredDocuments | undefined): void {
    const before = this.records.get(name)?.documents ?? [];
    const after = record?.documents ?? [];
    if (record === undefined) this.records.delete(name);
    else this.records.set(name, { ...record, marks: fresh(record.marks, this.now()) });
    this.lastWrites.admit(record?.marks ?? [], this.now());
    const lost = before.filter((document) => !after.includes(document));
    const gained = after.filter((document) => !before.includes(document));
    for (const { collection, body } of lost) this.collection(collection).remove(body);
    for (const { collection, body } of gained) this.collection(collection).add(name, body);
    if (record?.content === 'Indexes' || lost.some(({ collection }) => collection === INDEXES_COLLECTION)) {
      this.redefine([...lost, ...gained]);
    }
  }

  /** Indexes beyond Porter's own are documents themselves: `_id` is the collection, `indexes` are the definitions. */
  private redefine(changed: readonly RecordDocument[]): void {
    for (const { body } of changed) {
      const { _id: name } = decodePlain(body) as { _id: string };
      const [current] = this.collection(INDEXES_COLLECTION).candidates({ _id: name });
      const further = current === undefined ? [] : (decodePlain(current.body)['indexes'] as IndexDefinition[]);
      this.collection(name).define([...builtInIndexes(name), ...further]);
    }
  }
}

/** The indexes that a collection always has. */
export function builtInIndexes(collection: string): readonly IndexDefinition[] {
  return [ID_INDEX, ...(PORTER_INDEXES.get(collection) ?? [])];
}

const unreachable = (error: unknown): CommandError =>
  new CommandError('HostUnreachable', `the Kubernetes API: ${error instanceof Error ? error.message : String(error)}`);
