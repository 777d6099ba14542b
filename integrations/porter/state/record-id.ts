import { TIME_MAX, decodeTime, isValid, monotonicFactory } from 'ulid';

const next = monotonicFactory();

/**
 * A new id for a run, a revision, a result or an installation: a ULID, greater than all that this process made before, and
 * greater than `after`, since the clock of the machine that made that one may be ahead of ours.
 */
export function newRecordId(after = ''): string {
  const floor = isValid(after) ? decodeTime(after) + 1 : 0;
  return next(floor > TIME_MAX ? undefined : Math.max(Date.now(), floor));
}
