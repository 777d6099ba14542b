import type { Random, Scheduler } from '../clock/index.js';
import { Backoff } from './backoff.js';
import { DelayedKeys } from './delayed-keys.js';
import { FairKeys } from './fair-keys.js';

/** `live` keys go before those of the first list, which all come at once and rarely need work. */
export type Priority = 'live' | 'initial';

/** Is told what happens, for metrics. */
export interface QueueObserver {
  added(depth: number): void;
  taken(depth: number, waitedMs: number): void;
  retried(): void;
}

export interface WorkQueueDeps {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly observer?: QueueObserver;
}

/**
 * Keys to be worked on. A key is here at most once and is never given out while it is worked on: one that is added
 * meanwhile comes back after `done`. Every `take` that gives a key must be followed by `done`.
 */
export class WorkQueue {
  private readonly waiting: Record<Priority, FairKeys> = { live: new FairKeys(), initial: new FairKeys() };
  private readonly working = new Set<string>();
  /** Added while worked on. */
  private readonly again = new Map<string, Priority>();
  private readonly since = new Map<string, number>();
  private readonly takers: ((key: string | undefined) => void)[] = [];
  private readonly delayed: DelayedKeys;
  private readonly backoff: Backoff;
  private closed = false;

  constructor(private readonly deps: WorkQueueDeps) {
    this.delayed = new DelayedKeys(deps.scheduler, (key) => this.add(key));
    this.backoff = new Backoff(deps.random);
  }

  /** Keys that could be taken now. */
  get depth(): number {
    return this.waiting.live.size + this.waiting.initial.size;
  }

  /** Failures of the key in a row. */
  failures(key: string): number {
    return this.backoff.failuresOf(key);
  }

  add(key: string, priority: Priority = 'live'): void {
    if (this.closed) return;
    if (this.working.has(key)) {
      if (this.again.get(key) !== 'live') this.again.set(key, priority);
      return;
    }
    if (this.waiting.live.has(key)) return;
    if (priority === 'live') this.waiting.initial.delete(key);
    this.waiting[priority].add(key);
    if (!this.since.has(key)) this.since.set(key, this.deps.scheduler.elapsed());
    this.deps.observer?.added(this.depth);
    this.hand();
  }

  /** Adds the key later; of several wishes the earliest holds. Whatever makes it run before makes the wish void. */
  addAfter(key: string, delayMs: number): void {
    if (this.closed) return;
    if (delayMs <= 0) this.add(key);
    else this.delayed.add(key, delayMs);
  }

  /** Adds the key after its backoff, and not before `leastMs`. */
  addRateLimited(key: string, leastMs = 0): void {
    this.deps.observer?.retried();
    this.addAfter(key, Math.max(leastMs, this.backoff.next(key)));
  }

  /** Somebody works from now on: what has come before, say to a process that stood by, has waited since now only. */
  begin(): void {
    for (const key of this.since.keys()) this.since.set(key, this.deps.scheduler.elapsed());
  }

  /** The key did well: its next failure counts as the first. */
  forget(key: string): void {
    this.backoff.forget(key);
  }

  /** The next key, as soon as there is one; `undefined` after `close`. */
  take(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.takers.push(resolve);
      this.hand();
    });
  }

  /** The key is no longer worked on. */
  done(key: string): void {
    this.working.delete(key);
    const priority = this.again.get(key);
    if (priority === undefined) return;
    this.again.delete(key);
    this.add(key, priority);
  }

  /** Gives nothing out any more and forgets what waits. */
  close(): void {
    this.closed = true;
    this.delayed.clear();
    for (const taker of this.takers.splice(0)) taker(undefined);
  }

  private hand(): void {
    while (this.takers.length > 0) {
      const key = this.closed ? undefined : (this.waiting.live.take() ?? this.waiting.initial.take());
      if (key === undefined && !this.closed) return;
      if (key !== undefined) this.start(key);
      this.takers.shift()?.(key);
    }
  }

  private start(key: string): void {
    this.working.add(key);
    this.delayed.cancel(key);
    const { scheduler, observer } = this.deps;
    observer?.taken(this.depth, scheduler.elapsed() - (this.since.get(key) ?? scheduler.elapsed()));
    this.since.delete(key);
  }
}
