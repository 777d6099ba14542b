import type { Document } from 'bson';
import { Binary } from 'bson';
import type { RetryId } from '../persistence/retry-marks.js';
import type { ErrorCodeName } from '../wire/command-error.js';
import { CommandError } from '../wire/command-error.js';
import { isObject } from './arguments.js';

/** Commands that a driver may send again when it got no answer. */
const RETRYABLE = ['insert', 'update', 'delete'];
/** Errors that may be gone when the write is sent again. */
const PASSING: readonly ErrorCodeName[] = ['HostUnreachable', 'ShutdownInProgress'];
const UUID_BYTES = 16;

/** A write by which its client knows it again: the session (a UUID in hexadecimal), and its number within that. */
export type RetryableWrite = Pick<RetryId, 'session' | 'number'>;

/** Undefined for a command that is sent once; throws for one that is part of a transaction, of which there are none here. */
export function retryableWriteOf(name: string, body: Document): RetryableWrite | undefined {
  const { txnNumber, lsid, autocommit, startTransaction } = body;
  if (autocommit !== undefined || startTransaction !== undefined) {
    throw new CommandError('OperationNotSupportedInTransaction', `there are no transactions here to run ${name} in`);
  }
  if (txnNumber === undefined) return undefined;
  if (!RETRYABLE.includes(name)) {
    throw new CommandError('NotARetryableWriteCommand', `${name} is not a retryable write command`);
  }
  const id: unknown = isObject(lsid) ? lsid['id'] : undefined;
  if (!(id instanceof Binary) || id.length() !== UUID_BYTES) {
    throw new CommandError('InvalidOptions', 'a transaction number needs the UUID of a session (lsid.id)');
  }
  if ([body['deletes'], body['updates']].some(concernsMany)) {
    throw new CommandError('InvalidOptions', 'a write of many documents (limit: 0, multi: true) is not retryable');
  }
  const number = Number(txnNumber);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new CommandError('InvalidOptions', 'a transaction number is a whole number of at least 0');
  }
  return { session: Buffer.from(id.value()).toString('hex'), number };
}

function concernsMany(statements: unknown): boolean {
  const all: unknown[] = Array.isArray(statements) ? statements : [];
  return all
    .filter(isObject)
    .some(({ limit, multi }) => multi === true || (limit !== undefined && Number(limit) !== 1));
}

/** One statement of a write. */
export function partOf(write: RetryableWrite | undefined, statement: number): RetryId | undefined {
  return write === undefined ? undefined : { ...write, statement };
}

/** The error of a retryable write as its driver must see it to send the write again: drivers go by the label alone. */
export function labelled(error: unknown): unknown {
  if (!(error instanceof CommandError) || !PASSING.includes(error.codeName)) return error;
  const { codeName, message, details } = error;
  return new CommandError(codeName, message, { ...details, errorLabels: ['RetryableWriteError'] });
}
