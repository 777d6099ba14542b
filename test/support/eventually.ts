import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * How long a test waits when it does not say otherwise, in milliseconds: what a crowded machine may need, far more than an
 * idle one does. Mocha's limits are longer (on a cluster several times as long), so that a wait that fails says itself what did not come.
 */
export const PATIENCE_MS = 60_000;

/**
 * Repeats the check until it neither throws nor returns `undefined` or `false`, and returns its result. When the time is over the
 * last failure is thrown together with what was waited for.
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T> | T,
  withinMs = PATIENCE_MS,
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + withinMs;
  let last: unknown;
  do {
    try {
      const result = await check();
      if (result !== undefined && result !== false) return result as Exclude<T, undefined | false>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await delay(POLL_MS);
  } while (performance.now() < end);
  const reason = last instanceof Error ? `: ${last.message}` : '';
  throw new Error(`after ${withinMs / 1000} s still not: ${what}${reason}`, { cause: last });
}
