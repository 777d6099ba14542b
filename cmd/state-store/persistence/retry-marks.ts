import { CommandError } from '../wire/command-error.js';

/** How long a session lives without a word, as MongoDB has it; a driver that sends a write again does so within seconds. */
export const SESSION_MINUTES = 30;
const KEPT_MS = SESSION_MINUTES * 60_000;
/** Sessions that one record remembers: its writers are one agent and, now and then, somebody else. */
const MOST_SESSIONS = 16;

/** One part of a write command that its driver sends again when it got no answer (`lsid`, `txnNumber`, place in the command). */
export interface RetryId {
  /** The session's UUID in hexadecimal. */
  readonly session: string;
  /** Grows from write to write of a session. */
  readonly number: number;
  readonly statement: number;
}

/** What a part of a write did. */
export interface Outcome {
  /** Documents that it was about. */
  readonly matched: number;
  /** Documents that are different now, without new and removed ones. */
  readonly modified: number;
  /** `_id` of a document that was inserted. */
  readonly id?: unknown;
}

export type StatementOutcome = Outcome & { readonly statement: number };

/** What the last write of a session did in one record; kept in it, so that both are stored at once or not at all. */
export interface Mark {
  readonly session: string;
  readonly number: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  readonly outcomes: readonly StatementOutcome[];
}

/** The marks of a record after one more write. */
export function noted(
  marks: readonly Mark[],
  { session, number, statement }: RetryId,
  outcome: Outcome,
  now: number,
): Mark[] {
  const earlier = marks.find((mark) => mark.session === session && mark.number === number)?.outcomes ?? [];
  const others = fresh(marks, now).filter((mark) => mark.session !== session);
  const outcomes = [...earlier, { ...outcome, statement }];
  return [...others.slice(1 - MOST_SESSIONS), { session, number, at: now, outcomes }];
}

/**
 * The mark of the store itself in a record without documents, which is there so that a write under way, of which nobody knows
 * whether it arrives, finds its place taken.
 */
export function barrier(now: number): Mark {
  return { session: '0'.repeat(32), number: 0, at: now, outcomes: [] };
}

/** Those for which somebody may still ask. */
export function fresh(marks: readonly Mark[], now: number): Mark[] {
  return marks.filter(({ at }) => at > now - KEPT_MS);
}

interface LastWrite {
  readonly number: number;
  readonly at: number;
  readonly outcomes: Map<number, Outcome>;
}

/** The last write of each session of a tenant, from the marks of all records. */
export class LastWrites {
  /** The one that was heard of last is the last. */
  private readonly bySession = new Map<string, LastWrite>();

  get size(): number {
    return this.bySession.size;
  }

  /** Takes over what a record tells. */
  admit(marks: readonly Mark[], now: number): void {
    for (const { session, number, at, outcomes } of fresh(marks, now)) {
      const known = this.bySession.get(session);
      if (known !== undefined && known.number > number) continue;
      const all = known?.number === number ? known.outcomes : new Map<number, Outcome>();
      for (const { statement, ...outcome } of outcomes) all.set(statement, outcome);
      this.bySession.delete(session);
      this.bySession.set(session, { number, at: Math.max(at, known?.at ?? 0), outcomes: all });
    }
    for (const [session, { at }] of this.bySession) {
      if (at > now - KEPT_MS) break;
      this.bySession.delete(session);
    }
  }

  /** What this very part of a write has done already; throws TransactionTooOld when its session has gone on since. */
  find({ session, number, statement }: RetryId): Outcome | undefined {
    const last = this.bySession.get(session);
    if (last === undefined || last.number < number) return undefined;
    if (last.number > number) {
      throw new CommandError('TransactionTooOld', `the session's last write is number ${last.number}, not ${number}`);
    }
    return last.outcomes.get(statement);
  }
}
