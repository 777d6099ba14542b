import { ApiError, isGone } from '../client/index.js';
import { MalformedEventError, WatchFailedError } from './watch-event.js';

/**
 * Where a reflector is. `failures` counts the steps in a row that brought nothing; they decide how long it waits before
 * the next one. A list begins the count anew: nothing is heard until there is a watch. What was counted before is kept
 * in `before` until a watch is of use, for the case that the next step is a list again.
 */
export type ReflectorState =
  | { readonly phase: 'listing'; readonly failures: number }
  | {
      readonly phase: 'watching';
      readonly resourceVersion: string;
      readonly failures: number;
      readonly before: number;
    };

/** How a step ended. */
export type StepResult =
  | { readonly kind: 'listed'; readonly resourceVersion: string }
  | { readonly kind: 'list failed'; readonly error: unknown }
  | WatchResult;

/** How a watch ended: where it was, whether it was of use, and the error unless the server ended it in order. */
export interface WatchResult {
  readonly kind: 'watch ended';
  readonly resourceVersion: string;
  /** At least one line came. */
  readonly heard: boolean;
  readonly lastedMs: number;
  readonly error?: unknown;
}

/** A watch that lasted so long was a watch, even if nothing happened meanwhile. */
const REAL_WATCH_MS = 1_000;
const BASE_DELAY_MS = 200;
const LONGEST_DELAY_MS = 30_000;

/** Listing from nothing. */
export const INITIAL_STATE: ReflectorState = { phase: 'listing', failures: 0 };

/** The next state: watches are resumed where they ended, and only what was lost is listed anew. */
export function nextState(state: ReflectorState, result: StepResult): ReflectorState {
  switch (result.kind) {
    case 'listed':
      return { phase: 'watching', resourceVersion: result.resourceVersion, failures: 0, before: state.failures };
    case 'list failed':
      return { phase: 'listing', failures: state.failures + 1 };
    case 'watch ended': {
      const good = result.heard || (result.error === undefined && result.lastedMs >= REAL_WATCH_MS);
      const before = good || state.phase === 'listing' ? 0 : state.before;
      const failures = good ? (result.error === undefined ? 0 : 1) : state.failures + 1;
      if (needsList(result)) return { phase: 'listing', failures: before + failures };
      return { phase: 'watching', resourceVersion: result.resourceVersion, failures, before };
    }
  }
}

/** Exponential with full jitter, so that a server that comes back is not met by everybody at once. */
export function delayMs(state: ReflectorState, random: number): number {
  if (state.failures === 0) return 0;
  return Math.min(LONGEST_DELAY_MS, BASE_DELAY_MS * 2 ** (state.failures - 1)) * random;
}

/**
 * The version is no longer kept (410), an event was lost, or not even a bookmark came: a server that was restored from
 * a backup answers a watch from its future with silence.
 */
function needsList({ error, heard }: WatchResult): boolean {
  if (isGone(error) || error instanceof MalformedEventError || error instanceof WatchFailedError) return true;
  return error instanceof ApiError && error.reason === 'Idle' && !heard;
}
