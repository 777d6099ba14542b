import { inject, injectable } from 'inversify';
import { Clock, Scheduler } from '../clock/index.js';

/** A write that is not made because another process may lead by now. */
export class NotLeadingError extends Error {
  constructor() {
    super('nothing is written: this process does not lead, or could not renew its lease in time');
    this.name = 'NotLeadingError';
  }
}

/** For how many milliseconds a write may take from now; throws {@link NotLeadingError} when it must not be made. */
export interface Fence {
  allowance(): number;
}

/** That of a program which has nobody beside it. */
export const NO_FENCE: Fence = { allowance: () => Infinity };

/**
 * Until when this process may write. It does not depend on a timer that fires: a process that was stopped for a minute
 * finds it shut when it goes on. Two clocks are asked, since the monotonic one may stand still while a machine is
 * suspended, and the other one may be set back.
 */
@injectable()
export class WriteFence implements Fence {
  private end = { elapsed: Infinity, time: Infinity };

  constructor(
    @inject(Scheduler) private readonly scheduler: Scheduler,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  /** From now on nothing is written. */
  shut(): void {
    this.end = { elapsed: -Infinity, time: -Infinity };
  }

  /** Writes may be made, and must be over, within `ms` from `begun`, in the scheduler's milliseconds. */
  open(begun: number, ms: number): void {
    const left = begun + ms - this.scheduler.elapsed();
    this.end = { elapsed: begun + ms, time: this.clock.now() + left };
  }

  allowance(): number {
    const left = Math.min(this.end.elapsed - this.scheduler.elapsed(), this.end.time - this.clock.now());
    if (left <= 0) throw new NotLeadingError();
    return left;
  }
}
