import type { Clock, Scheduler } from '../../../runtime/clock/index.js';

/** Time that passes by waiting, and then at once; and by a millisecond whenever somebody looks, as no two moments are one. */
export class FakeTime implements Clock, Scheduler {
  private current = Date.parse('2026-11-21T06:00:00Z');

  now(): number {
    return ++this.current;
  }

  elapsed(): number {
    return this.current;
  }

  after(delayMs: number, task: () => void): () => void {
    const immediate = setImmediate(() => {
      this.current += delayMs;
      task();
    });
    return () => clearImmediate(immediate);
  }
}
