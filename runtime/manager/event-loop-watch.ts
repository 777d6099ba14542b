import type { Scheduler } from '../clock/index.js';

const TICK_MS = 1_000;
/** Longer than any piece of work that a healthy operator does without letting others in. */
const BLOCKED_MS = 5_000;
/**
 * How long it is told. With a probe every 20 s that fails the third time (config/manager), one pause of the machine restarts
 * nothing, and a loop that is blocked again and again does.
 */
const RECENT_MS = 30_000;

/** Notices that the event loop did not get round to anything else. While it is blocked, nothing is answered at all. */
export class EventLoopWatch {
  private stall: { readonly until: number; readonly ms: number } | undefined;
  private cancel: () => void = () => undefined;

  constructor(private readonly scheduler: Scheduler) {}

  start(): void {
    const due = this.scheduler.elapsed() + TICK_MS;
    this.cancel = this.scheduler.after(TICK_MS, () => {
      const now = this.scheduler.elapsed();
      if (now - due > BLOCKED_MS) this.stall = { until: now, ms: now - due };
      this.start();
    });
  }

  stop(): void {
    this.cancel();
  }

  /** How long the last stall of the recent past was, in milliseconds; undefined if there was none. */
  recentStallMs(): number | undefined {
    const { stall } = this;
    return stall !== undefined && this.scheduler.elapsed() - stall.until < RECENT_MS ? stall.ms : undefined;
  }
}
