import type { InstallationDecision } from './decision.js';
import type { RecordView } from './snapshot.js';

type UnknownRecord = Extract<RecordView, { kind: 'Unread' | 'Unavailable' }>;

/** Whether nothing can be decided that depends on the record. */
export function isUnknown(record: RecordView): record is UnknownRecord {
  return record.kind === 'Unread' || record.kind === 'Unavailable';
}

/** What is to be done first: ask, or wait until somebody answers. */
export function findOut(record: UnknownRecord): InstallationDecision {
  return record.kind === 'Unread' ? { action: 'ConsultRecord' } : { action: 'AwaitStore', message: record.message };
}
