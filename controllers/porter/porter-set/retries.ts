import type { RunState } from '../../agent-run/run.js';
import type { WantedRun } from '../../agent-run/wanted-run.js';

const FIRST_DELAY_MS = 15_000;
const LONGEST_DELAY_MS = 600_000;
/** After so many runs of one generation, an hour or so, only a person's retry goes on. */
const MAX_ATTEMPTS = 10;

/**
 * Milliseconds until a failed run of a set is made again by itself (0: now), or undefined if it never is. Applying or
 * deleting a set twice does no harm, so what time may mend is tried again; what it cannot mend is for somebody to look at.
 */
export function retryDelayMs(run: RunState, { attempt }: Pick<WantedRun, 'attempt'>, now: number): number | undefined {
  if (run.phase !== 'Failed' || !run.retryable || attempt >= MAX_ATTEMPTS) return undefined;
  const endedAt = Date.parse(run.run.finishedAt ?? '');
  if (Number.isNaN(endedAt)) return undefined;
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  // The time comes from a node, whose clock may be ahead.
  return Math.min(delay, Math.max(0, endedAt + delay - now));
}

/**
 * Whether a run whose end is in status is to be made again at once: it failed, it may be tried again by itself, and nobody
 * can tell any more since its AgentAction has been removed.
 */
export function isForgotten(
  run: RunState,
  result: string | undefined,
  { attempt }: Pick<WantedRun, 'attempt'>,
): boolean {
  return run.phase === 'Absent' && result === 'Failed' && attempt < MAX_ATTEMPTS;
}
