import { monotonicFactory } from 'ulid';

/** A new id for a run, a revision, a result or an installation: a ULID, greater than all that this process made before. */
export const newRecordId: () => string = monotonicFactory();
