import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<AbortSignal>();

/**
 * Does `work` so that every request within it, however deep, is cut off by `signal`; one that brings a signal of its own
 * keeps to that. See docs/adr/0008-requests-end-with-their-pass.md.
 */
export function withSignal<T>(signal: AbortSignal, work: () => T): T {
  return current.run(signal, work);
}

/** Does `work` free of the signal of whoever began it, since others depend on it too. */
export function withoutSignal<T>(work: () => T): T {
  return current.exit(work);
}

/** The signal of the work that this call belongs to. */
export function currentSignal(): AbortSignal | undefined {
  return current.getStore();
}
