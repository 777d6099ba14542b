import type {
  DamagedRecord,
  RecordAddress,
  RecordStore,
  StateDocuments,
  StoredAs,
  StoredDocuments,
} from '../../cmd/state-store/persistence/records.js';
import { RecordConflictError } from '../../cmd/state-store/persistence/records.js';

/** Records in memory, with versions and conflicts as an API server has them. */
export class MemoryRecordStore implements RecordStore {
  readonly records = new Map<string, StoredDocuments>();
  readonly damaged: DamagedRecord[] = [];
  /** Number of writes so far. */
  writes = 0;
  /** Number of records that were read one by one. */
  reads = 0;
  /** Asked before every write; may throw or wait. */
  beforeWrite: (name: string) => void | Promise<void> = () => undefined;
  /** Told after every write; may throw, as when the answer gets lost. */
  afterWrite: (name: string) => void | Promise<void> = () => undefined;
  /** Told when a record has been read; may throw or wait. */
  afterRead: (name: string) => void | Promise<void> = () => undefined;
  private version = 0;

  async *load(): AsyncIterable<StoredDocuments | DamagedRecord> {
    await Promise.resolve();
    yield* [...this.records.values(), ...this.damaged];
  }

  async read(name: string): Promise<StoredDocuments | undefined> {
    this.reads += 1;
    const record = this.records.get(name);
    await this.afterRead(name);
    return record;
  }

  async create(record: StateDocuments): Promise<StoredDocuments> {
    await this.beforeWrite(record.name);
    if (this.records.has(record.name)) throw new RecordConflictError('exists');
    return this.put(record);
  }

  async replace(record: StoredDocuments): Promise<StoredDocuments> {
    await this.beforeWrite(record.name);
    this.requireVersion(record);
    return this.put(record);
  }

  async delete(record: RecordAddress & StoredAs): Promise<void> {
    await this.beforeWrite(record.name);
    if (this.records.has(record.name)) this.requireVersion(record);
    this.records.delete(record.name);
    this.writes += 1;
    await this.afterWrite(record.name);
  }

  private async put(record: StateDocuments): Promise<StoredDocuments> {
    this.version += 1;
    this.writes += 1;
    const stored = { ...record, parts: 0, version: `${this.version}` };
    this.records.set(record.name, stored);
    await this.afterWrite(record.name);
    return stored;
  }

  private requireVersion(record: RecordAddress & StoredAs): void {
    if (this.records.get(record.name)?.version !== record.version) throw new RecordConflictError('changed');
  }
}
