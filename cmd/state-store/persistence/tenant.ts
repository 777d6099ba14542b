import { decodePlain } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import type { IndexDefinition } from './collection-index.js';
import { CollectionIndex, ID_INDEX } from './collection-index.js';
import { KeyedMutex } from './keyed-mutex.js';
import { PORTER_INDEXES } from './porter-indexes.js';
import { INDEXES_COLLECTION } from './record-layout.js';
import type { DamagedRecord, RecordAddress, RecordDocument, RecordStore, StoredDocuments } from './records.js';
import { DamagedRecordError, RecordConflictError, RecordTooLargeError } from './records.js';

/** Times that a write is decided anew because others wrote first. */
const MAX_CONFLICTS = 20;

/** From the documents of a record as they are to the documents as they shall be; the same list means no change. */
export type RecordEdit = (documents: readonly RecordDocument[]) => readonly RecordDocument[];

/** The documents of one tenant: found in memory, and written through to the records. */
export class Tenant {
  private readonly collections = new Map<string, CollectionIndex>();
  private readonly records = new Map<string, StoredDocuments>();
  private readonly damaged = new Map<string, string>();
  /** Records of which a write failed without an answer: what is in memory may be old. */
  private readonly uncertain = new Set<string>();
  private readonly mutex = new KeyedMutex();

  constructor(
    readonly name: string,
    private readonly store: RecordStore,
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
    for (const name of this.uncertain) await this.mutex.run([name], () => this.reread(name));
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
   * Changes one record. Returns when the change is stored; `edit` is asked again when others changed it meanwhile.
   * `uniques` are names that nobody else may hold in between.
   */
  change(address: RecordAddress, uniques: readonly string[], edit: RecordEdit): Promise<void> {
    return this.mutex.run([address.name, ...uniques], async () => {
      for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
        const before = this.records.get(address.name);
        const documents = edit(before?.documents ?? []);
        if (documents === before?.documents || (before === undefined && documents.length === 0)) return;
        if (await this.write(address, before, documents)) return;
        await this.reread(address.name);
      }
      throw new CommandError('HostUnreachable', `StateRecord ${address.name} is being written by others`);
    });
  }

  /** False when others wrote first. */
  private async write(
    address: RecordAddress,
    before: StoredDocuments | undefined,
    documents: readonly RecordDocument[],
  ): Promise<boolean> {
    try {
      this.remember(address.name, await this.put(address, before, documents));
      return true;
    } catch (error) {
      if (error instanceof RecordConflictError) return false;
      if (error instanceof RecordTooLargeError) throw new CommandError('BSONObjectTooLarge', error.message);
      this.uncertain.add(address.name);
      throw unreachable(error);
    }
  }

  private async put(
    address: RecordAddress,
    before: StoredDocuments | undefined,
    documents: readonly RecordDocument[],
  ): Promise<StoredDocuments | undefined> {
    if (before === undefined) return this.store.create({ ...address, documents });
    if (documents.length > 0) return this.store.replace({ ...before, ...address, documents });
    await this.store.delete(before);
    return undefined;
  }

  private async reread(name: string): Promise<void> {
    try {
      this.remember(name, await this.store.read(name));
      this.damaged.delete(name);
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) throw unreachable(error);
      this.damaged.set(name, error.message);
      throw new CommandError('DataCorruptionDetected', `StateRecord ${name} cannot be read: ${error.message}`);
    }
    this.uncertain.delete(name);
  }

  private remember(name: string, record: StoredDocuments | undefined): void {
    const before = this.records.get(name)?.documents ?? [];
    const after = record?.documents ?? [];
    if (record === undefined) this.records.delete(name);
    else this.records.set(name, record);
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
