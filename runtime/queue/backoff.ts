/** How patience grows with failures in a row. */
export interface BackoffOptions {
  /** After the first failure; long enough for most conflicts to be over. */
  readonly baseMs: number;
  /** Where it ends; short enough for a repaired cluster to be noticed. */
  readonly maxMs: number;
  /** Share by which a delay is spread to both sides, so that keys that failed together do not return together. */
  readonly jitter: number;
}

export const BACKOFF_DEFAULTS: BackoffOptions = { baseMs: 200, maxMs: 60_000, jitter: 0.2 };

/** Failures in a row per key, and the delay that follows from them. */
export class Backoff {
  private readonly failures = new Map<string, number>();

  constructor(
    private readonly random: { next(): number },
    private readonly options: BackoffOptions = BACKOFF_DEFAULTS,
  ) {}

  failuresOf(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  /** One more failure; the delay before the next try in milliseconds. */
  next(key: string): number {
    const before = this.failuresOf(key);
    this.failures.set(key, before + 1);
    const { baseMs, maxMs, jitter } = this.options;
    return Math.min(maxMs, baseMs * 2 ** before) * (1 + jitter * (2 * this.random.next() - 1));
  }

  forget(key: string): void {
    this.failures.delete(key);
  }
}
