/**
 * Monotonic time and timers, for everything that waits: a changed wall clock must not wake or delay it.
 */
export interface Scheduler {
  /** Milliseconds since some fixed moment; never goes back. */
  elapsed(): number;
  /** Runs `task` once after `delayMs`; the returned function takes it back. */
  after(delayMs: number, task: () => void): () => void;
}

/** Injection token of {@link Scheduler}. */
export const Scheduler = Symbol.for('runtime.Scheduler');

/** A timer of Node that is set for longer fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's timers; what is due in more than 24 days becomes due by then. */
export const systemScheduler: Scheduler = {
  elapsed: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, Math.min(delayMs, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or as soon as `signal` is aborted. */
export function sleep(scheduler: Scheduler, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = () => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = scheduler.after(delayMs, finish);
    signal.addEventListener('abort', finish, { once: true });
  });
}

/** Resolves to whether the work is over, in whatever way, within so many milliseconds; it goes on if it is not. */
export function within(scheduler: Scheduler, ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = scheduler.after(ms, () => resolve(false));
    const finish = () => {
      cancel();
      resolve(true);
    };
    work.then(finish, finish);
  });
}
