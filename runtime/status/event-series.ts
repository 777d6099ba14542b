/** After so long the same thing is worth an event of its own. */
const SERIES_MS = 6 * 60_000;
/** Bounds the memory; beyond it the oldest series end. */
const MOST_SERIES = 4_096;

interface Series {
  readonly name: string;
  count: number;
  lastAt: number;
}

/** Which events repeat one another. */
export class EventSeries {
  private readonly series = new Map<string, Series>();

  /** The series that `same` belongs to at `now`, this occurrence counted; `name` gives a new one its name. */
  next(same: string, now: number, name: () => string): Readonly<Series> {
    const known = this.series.get(same);
    this.series.delete(same);
    const next =
      known !== undefined && now - known.lastAt < SERIES_MS
        ? { ...known, count: known.count + 1, lastAt: now }
        : { name: name(), count: 1, lastAt: now };
    this.series.set(same, next);
    for (const oldest of this.series.keys()) {
      if (this.series.size <= MOST_SERIES) break;
      this.series.delete(oldest);
    }
    return next;
  }

  /** The event of the series is not there: the next occurrence begins anew. */
  forget(same: string): void {
    this.series.delete(same);
  }
}
