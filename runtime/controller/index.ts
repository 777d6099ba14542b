export { RECONCILER, Reconciles, reconciledBy } from './reconciles.js';
export type { Reconciled, ReconcilesOptions } from './reconciles.js';
export type { MapOptions, WatchBuilder, WatchOptions } from './watch-builder.js';
