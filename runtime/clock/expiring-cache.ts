import type { Clock } from './clock.js';

/**
 * Answers that are asked for often and change rarely. Questions asked at the same time share one answer; a failed one is
 * not kept, and of more than `capacity` answers the one goes that would expire first.
 */
export class ExpiringCache<V> {
  private readonly entries = new Map<string, { readonly value: Promise<V>; until: number }>();

  /** `lifetimeMs` says how long a value may be used. */
  constructor(
    private readonly clock: Clock,
    private readonly lifetimeMs: (value: V) => number,
    private readonly capacity = Number.POSITIVE_INFINITY,
  ) {}

  /** The kept answer for `key`, or what `load` says. */
  get(key: string, load: () => Promise<V>): Promise<V> {
    const now = this.clock.now();
    const kept = this.entries.get(key);
    if (kept !== undefined && kept.until > now) return kept.value;
    this.makeRoom(now);
    const value = load();
    const entry = { value, until: Number.POSITIVE_INFINITY };
    this.entries.set(key, entry);
    value.then(
      (loaded) => {
        entry.until = this.clock.now() + this.lifetimeMs(loaded);
      },
      () => {
        if (this.entries.get(key) === entry) this.entries.delete(key);
      },
    );
    return value;
  }

  private makeRoom(now: number): void {
    for (const [key, { until }] of this.entries) if (until <= now) this.entries.delete(key);
    if (this.entries.size < this.capacity) return;
    const [first] = [...this.entries].toSorted(([, one], [, other]) => one.until - other.until);
    if (first !== undefined) this.entries.delete(first[0]);
  }
}
