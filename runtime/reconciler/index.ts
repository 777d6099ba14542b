export { Finalizers } from './finalizers.js';
export { assertNever, done, progress, retry, stalled, wait } from './outcome.js';
export type { Acted, Outcome } from './outcome.js';
export { Reconciler } from './reconciler.js';
export type { ObserveContext, PassContext, ReconcileContext, Snapshot } from './pass.js';
export { ReconcilerDeps } from './reconciler-deps.js';
