import type { Clock, Scheduler } from '../../runtime/clock/index.js';

interface Timer {
  at: number;
  task: () => void;
}

/** Time that stands still until a test moves it; both wall clock and timers. */
export class FakeClock implements Clock, Scheduler {
  private readonly timers = new Set<Timer>();
  private current: number;

  /** Begins at `start`, epoch milliseconds. */
  constructor(private readonly start = Date.parse('2026-01-02T03:04:05Z')) {
    this.current = start;
  }

  now(): number {
    return this.current;
  }

  elapsed(): number {
    return this.current - this.start;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.current + delayMs, task };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.timers.size;
  }

  /** Moves time on and runs what becomes due, in order, letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.current + ms;
    for (let timer = this.next(end); timer !== undefined; timer = this.next(end)) {
      this.timers.delete(timer);
      this.current = Math.max(this.current, timer.at);
      timer.task();
      await settled();
    }
    this.current = end;
    await settled();
  }

  /** Time that passes without any timer being noticed, as in a process that is stopped. */
  sleepThrough(ms: number): void {
    this.current += ms;
  }

  private next(end: number): Timer | undefined {
    const due = [...this.timers].filter((timer) => timer.at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets everything run that is ready to run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
