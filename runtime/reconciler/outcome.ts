/** What became of one action; it alone decides when the key is looked at again and what the conditions say. */
export type Outcome =
  | { readonly kind: 'done'; readonly recheckAfterMs?: number }
  | { readonly kind: 'progress' }
  | { readonly kind: 'wait'; readonly reason: string; readonly message: string; readonly afterMs?: number }
  | { readonly kind: 'retry'; readonly error: Error }
  | { readonly kind: 'stalled'; readonly reason: string; readonly message: string; readonly afterMs?: number };

/** What an action did: its outcome, and what it learned that the status should tell. */
export interface Acted<O> {
  readonly outcome: Outcome;
  readonly observed: O;
}

/** The desired state is reached; `recheckAfterMs` asks for another look (jittered by the queue). */
export const done = (options: { recheckAfterMs?: number } = {}): Outcome => ({ kind: 'done', ...options });

/** A step was made and another one follows: look again at once. */
export const progress = (): Outcome => ({ kind: 'progress' });

/** Nothing to do until something else changes; `reason` is CamelCase, `message` says what is awaited. */
export const wait = (reason: string, message: string, options: { afterMs?: number } = {}): Outcome => ({
  kind: 'wait',
  reason,
  message,
  ...options,
});

/** Failed in a way that time may mend: back off and try again. */
export const retry = (error: Error): Outcome => ({ kind: 'retry', error });

/** Failed in a way that only a person can mend; `message` says how, `afterMs` asks for a look where that wakes nobody. */
export const stalled = (reason: string, message: string, options: { afterMs?: number } = {}): Outcome => ({
  kind: 'stalled',
  reason,
  message,
  ...options,
});

/** For the `default` of a switch that must be exhaustive. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
