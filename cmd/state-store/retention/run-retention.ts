import type { ResultStatus } from '../../../integrations/porter/state/index.js';
import { LOGS_OUTPUT } from '../../../integrations/porter/state/index.js';

const DAY_MS = 24 * 3_600_000;
/** Younger runs stay, whatever they did: an operator that was away must still find out what its run did. */
const YOUNG_MS = DAY_MS;
/** So long a run without an end may be under way: agents have an hour, if nobody gives them more. */
const UNDER_WAY_MS = 7 * DAY_MS;
const FINAL: readonly ResultStatus[] = ['succeeded', 'failed', 'canceled'];

/** What is known of one run of an installation; ids are ULIDs, so that their order is that of time. */
export interface KnownRun {
  readonly id: string;
  /** RFC 3339; what tells no time is taken for young. */
  readonly created: string;
  readonly results: readonly ResultStatus[];
  readonly outputs: readonly { readonly name: string; readonly resultId: string }[];
}

export interface Retention {
  /** So many of the newest runs stay. */
  readonly keepRuns: number;
  /** The run that the installation itself names. */
  readonly named: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The runs that nobody will ask for: not the newest ones, those of the last day, the last success, one that may be under way, the
 * one that the installation names, or one with the latest value of an output. A log is no such value: it belongs to its run.
 */
export function prunableRuns(runs: readonly KnownRun[], { keepRuns, named, now }: Retention): string[] {
  const newestFirst = [...runs].sort((one, other) => (one.id < other.id ? 1 : -1));
  const kept = new Set(newestFirst.slice(0, keepRuns).map(({ id }) => id));
  const lastSuccess = newestFirst.find(({ results }) => results.includes('succeeded'));
  if (lastSuccess !== undefined) kept.add(lastSuccess.id);
  for (const id of holdersOfValues(runs)) kept.add(id);
  return newestFirst.filter((run) => !kept.has(run.id) && run.id !== named && !isRecent(run, now)).map(({ id }) => id);
}

/** The runs that have the latest value of each output. */
function holdersOfValues(runs: readonly KnownRun[]): string[] {
  const latest = new Map<string, { id: string; resultId: string }>();
  for (const { id, outputs } of runs) {
    for (const { name, resultId } of outputs) {
      const known = latest.get(name);
      if (name !== LOGS_OUTPUT && (known === undefined || known.resultId < resultId))
        latest.set(name, { id, resultId });
    }
  }
  return [...latest.values()].map(({ id }) => id);
}

function isRecent({ created, results }: KnownRun, now: number): boolean {
  const hasEnded = results.some((result) => FINAL.includes(result));
  return !(Date.parse(created) < now - (hasEnded ? YOUNG_MS : UNDER_WAY_MS));
}
