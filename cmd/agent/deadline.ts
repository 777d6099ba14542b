import type { Clock, Scheduler } from '../../runtime/clock/index.js';
import { sleep } from '../../runtime/clock/index.js';

/** Until when the agent goes on, and the only way in which it waits. */
export class Deadline {
  private readonly never = new AbortController().signal;

  /** @param at epoch milliseconds */
  constructor(
    readonly at: number,
    private readonly clock: Clock,
    private readonly scheduler: Scheduler,
  ) {}

  remainingMs(): number {
    return Math.max(0, this.at - this.clock.now());
  }

  get isOver(): boolean {
    return this.remainingMs() === 0;
  }

  /** Waits, but not beyond the deadline. */
  pause(ms: number): Promise<void> {
    return sleep(this.scheduler, Math.min(ms, this.remainingMs()), this.never);
  }
}
