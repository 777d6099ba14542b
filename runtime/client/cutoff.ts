import type { Scheduler } from '../clock/index.js';

/** Nobody waits any longer for a reply. */
export class DeadlineError extends Error {
  constructor(ms: number) {
    super(`no reply within ${ms / 1000} s`);
    this.name = 'DeadlineError';
  }
}

/**
 * The end of one attempt: its deadline, or one of the signals that care for it, whichever comes first. After `release`
 * nothing of it is left on them; those that `AbortSignal.any` makes stay until the deadline, which under load is tens of
 * megabytes.
 */
export class Cutoff {
  private readonly controller = new AbortController();
  private readonly undo: (() => void)[] = [];

  constructor(signals: readonly AbortSignal[], deadlineMs: number, scheduler: Scheduler) {
    this.undo.push(scheduler.after(deadlineMs, () => this.controller.abort(new DeadlineError(deadlineMs))));
    for (const signal of signals) this.follow(signal);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The result of `work`, or the reason of the end if that comes first: a request may be stuck where no signal is heard. */
  until<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = () => reject(this.signal.reason as Error);
      if (this.signal.aborted) {
        end();
        return;
      }
      this.signal.addEventListener('abort', end, { once: true });
      work().then(resolve, reject);
    });
  }

  release(): void {
    for (const undo of this.undo) undo();
  }

  private follow(signal: AbortSignal): void {
    const abort = () => this.controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    this.undo.push(() => signal.removeEventListener('abort', abort));
  }
}
