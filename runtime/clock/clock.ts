/** Wall-clock time in epoch milliseconds; injected so that deciders and tests never ask the machine. */
export interface Clock {
  now(): number;
}

/** Injection token of {@link Clock}. */
export const Clock = Symbol.for('runtime.Clock');

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** RFC 3339 with microseconds, as Events and Leases have it. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
