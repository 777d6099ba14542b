import type { StateRecord } from '../../../api/state/v1alpha1/state-record.js';
import { STATE_RECORDS } from '../../../api/state/v1alpha1/resources.js';
import type { Client, Stored } from '../../../runtime/client/index.js';
import { isAlreadyExists, isConflict, isNotFound, isTransient } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import type { Logger } from '../../../runtime/telemetry/index.js';
import type { EncryptionKey } from './envelope.js';
import type {
  DamagedRecord,
  RecordAddress,
  RecordStore,
  StateDocuments,
  StoredAs,
  StoredDocuments,
} from './records.js';
import { DamagedRecordError, RecordConflictError } from './records.js';
import type { SealedRecord } from './sealed-records.js';
import { openRecord, partNames, sealRecord } from './sealed-records.js';

/** A part that no record refers to may belong to a write under way; after this time it does not. */
const ORPHAN_AGE_MS = 3_600_000;

export interface KubernetesRecordStoreOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly key: EncryptionKey;
  readonly log: Logger;
}

/**
 * Records as StateRecord objects. The head is written last and removed first, so that a record is whole or not there. A
 * write whose answer was lost is recognised by its own name (`spec.writeId`).
 */
@Rbac({
  groups: ['state.getporter.org'],
  resources: ['staterecords'],
  verbs: ['get', 'list', 'create', 'update', 'delete'],
})
export class KubernetesRecordStore implements RecordStore {
  constructor(private readonly options: KubernetesRecordStoreOptions) {}

  async *load(): AsyncIterable<StoredDocuments | DamagedRecord> {
    const heads: Stored<StateRecord>[] = [];
    const parts = new Map<string, Stored<StateRecord>>();
    for await (const page of this.options.client.pages(STATE_RECORDS, { namespace: this.options.namespace })) {
      for (const object of page.items) {
        if (object.spec.content === 'Part') parts.set(object.metadata.name, object);
        // A record in one piece need not wait for the end of the list.
        else if (object.spec.parts === 0) yield this.readable(object, []);
        else heads.push(object);
      }
    }
    for (const head of heads) {
      const names = partNames(head);
      yield this.readable(
        head,
        names.map((name) => parts.get(name)),
      );
      for (const name of names) parts.delete(name);
    }
    await this.sweep([...parts.values()]);
  }

  async read(name: string): Promise<StoredDocuments | undefined> {
    // A writer may take the parts away between the two reads; then there is a newer head.
    for (let attempt = 0; ; attempt += 1) {
      const head = await this.options.client.find(STATE_RECORDS, this.keyOf(name));
      if (head === undefined) return undefined;
      const parts = await Promise.all(partNames(head).map((part) => this.find(part)));
      if (attempt < 3 && parts.includes(undefined)) continue;
      return stored(openRecord(head, parts, this.options.key), head);
    }
  }

  async create(record: StateDocuments): Promise<StoredDocuments> {
    const sealed = await this.prepare(record);
    const head = await this.commit(sealed, () => this.options.client.create(STATE_RECORDS, sealed.head));
    return stored(record, head);
  }

  async replace(record: StoredDocuments): Promise<StoredDocuments> {
    const before = await this.previousParts(record);
    const sealed = await this.prepare(record);
    const metadata = { ...sealed.head.metadata, resourceVersion: record.version };
    const head = await this.commit(sealed, () =>
      this.options.client.replace(STATE_RECORDS, { metadata, spec: sealed.head.spec }),
    );
    await this.discard(before);
    return stored(record, head);
  }

  async delete(record: RecordAddress & StoredAs): Promise<void> {
    const parts = await this.previousParts(record);
    try {
      await this.options.client.delete(STATE_RECORDS, this.keyOf(record.name), { resourceVersion: record.version });
    } catch (error) {
      if (isConflict(error)) throw new RecordConflictError(error.message);
      throw error;
    }
    await this.discard(parts);
  }

  private keyOf(name: string): { namespace: string; name: string } {
    return { namespace: this.options.namespace, name };
  }

  private find(name: string): Promise<Stored<StateRecord> | undefined> {
    return this.options.client.find(STATE_RECORDS, this.keyOf(name));
  }

  /** Writes the parts; they mean nothing before the head names them. */
  private async prepare(record: StateDocuments): Promise<SealedRecord> {
    const sealed = sealRecord(record, this.options.namespace, this.options.key);
    for (const part of sealed.parts) await this.options.client.create(STATE_RECORDS, part);
    return sealed;
  }

  private async commit(sealed: SealedRecord, write: () => Promise<Stored<StateRecord>>): Promise<Stored<StateRecord>> {
    const { head } = sealed;
    try {
      return await write();
    } catch (error) {
      const refused = isConflict(error) || isAlreadyExists(error) || isNotFound(error);
      if (!refused && !isTransient(error)) throw error;
      const current = await this.find(head.metadata.name);
      if (current?.spec.writeId === head.spec.writeId) return current;
      // After any other failure the head may still come to be, and would need its parts.
      if (!refused) throw error;
      await this.discard(sealed.parts.map((part) => part.metadata.name));
      throw new RecordConflictError(error.message);
    }
  }

  /** The parts that a write makes superfluous; asked for only where there can be some. */
  private async previousParts(record: RecordAddress & StoredAs): Promise<string[]> {
    if (record.parts === 0) return [];
    const head = await this.find(record.name);
    return head === undefined ? [] : partNames(head);
  }

  private async discard(parts: readonly string[]): Promise<void> {
    for (const name of parts) {
      try {
        await this.options.client.delete(STATE_RECORDS, this.keyOf(name));
      } catch (error) {
        this.options.log.warn(
          { err: error, record: name },
          'a part that is no longer needed stays until the next start',
        );
      }
    }
  }

  private readable(
    head: Stored<StateRecord>,
    parts: readonly (StateRecord | undefined)[],
  ): StoredDocuments | DamagedRecord {
    try {
      return stored(openRecord(head, parts, this.options.key), head);
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) throw error;
      return { name: head.metadata.name, tenant: head.spec.tenant, damage: error.message };
    }
  }

  private async sweep(orphans: readonly Stored<StateRecord>[]): Promise<void> {
    const old = orphans.filter((part) => Date.parse(part.metadata.creationTimestamp) < Date.now() - ORPHAN_AGE_MS);
    await this.discard(old.map((part) => part.metadata.name));
  }
}

function stored(record: StateDocuments, head: Stored<StateRecord>): StoredDocuments {
  return { ...record, parts: head.spec.parts, version: head.metadata.resourceVersion };
}
