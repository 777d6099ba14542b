import type { RecordContent } from '../../../api/state/v1alpha1/state-record.js';
import type { Mark } from './retry-marks.js';

/** One document of the database, as BSON. */
export interface RecordDocument {
  readonly collection: string;
  readonly body: Buffer;
}

/** Which record a document is kept in. */
export interface RecordAddress {
  /** Follows from tenant, content and unique key, so that two writers of the same thing meet at one name. */
  readonly name: string;
  readonly tenant: string;
  readonly content: RecordContent;
  /** Porter's namespace, where the documents have one. */
  readonly porterNamespace?: string;
}

/** What a record holds, which is written at once or not at all. */
export interface RecordBody {
  readonly documents: readonly RecordDocument[];
  /** Who has written it lately; a record without documents is kept for these, for a while. */
  readonly marks: readonly Mark[];
}

/** A record with what it holds. */
export interface StateDocuments extends RecordAddress, RecordBody {}

/** How a record was stored; `version` is what the next write of it must be based on. */
export interface StoredAs {
  readonly version: string;
  /** Number of further objects that hold it. */
  readonly parts: number;
}

/** A record as it was stored. */
export interface StoredDocuments extends StateDocuments, StoredAs {}

/** A record that is there but cannot be read; nothing may be concluded about what it holds. */
export interface DamagedRecord {
  readonly name: string;
  readonly tenant: string;
  readonly damage: string;
}

/** The record is not in the version that the write was based on: read it again and decide anew. */
export class RecordConflictError extends Error {
  override readonly name = 'RecordConflictError';
}

/** The record cannot be read: altered, incomplete, of another key, or of a later version of this program. */
export class DamagedRecordError extends Error {
  override readonly name = 'DamagedRecordError';
}

/** The documents of one record together are more than can be stored. */
export class RecordTooLargeError extends Error {
  override readonly name = 'RecordTooLargeError';
}

/** Where records are kept. A write that returns is durable; one that throws anything but a conflict may or may not be. */
export interface RecordStore {
  /** Everything, as of one moment. */
  load(): AsyncIterable<StoredDocuments | DamagedRecord>;
  /** Throws {@link DamagedRecordError}. */
  read(name: string): Promise<StoredDocuments | undefined>;
  /** Throws {@link RecordConflictError} when the name is taken. */
  create(record: StateDocuments): Promise<StoredDocuments>;
  /** Throws {@link RecordConflictError} when the stored version is another one. */
  replace(record: StoredDocuments): Promise<StoredDocuments>;
  /** Throws {@link RecordConflictError} when the stored version is another one; absent is success. */
  delete(record: RecordAddress & StoredAs): Promise<void>;
}
