import { inject, injectable } from 'inversify';
import { Scheduler } from '../clock/index.js';

/** A write that is not made because another process may lead by now. */
export class NotLeadingError extends Error {
  constructor() {
    super('nothing is written: this process does not lead, or could not renew its lease in time');
    this.name = 'NotLeadingError';
  }
}

/**
 * Until when this process may write. It does not depend on a timer that fires: a process that was stopped for a minute
 * finds it shut when it goes on. In a program without elections it is always open.
 */
@injectable()
export class WriteFence {
  private until = Infinity;

  constructor(@inject(Scheduler) private readonly scheduler: Scheduler) {}

  /** From now on nothing is written. */
  shut(): void {
    this.until = -Infinity;
  }

  /** Writes may be made, and must be over, before `until`, in the scheduler's milliseconds. */
  openUntil(until: number): void {
    this.until = until;
  }

  /** For how many milliseconds a write may take from now; throws {@link NotLeadingError} when it must not be made. */
  allowance(): number {
    const left = this.until - this.scheduler.elapsed();
    if (left <= 0) throw new NotLeadingError();
    return left;
  }
}
