export type { WatchOptions } from '../cache/index.js';
export { CONCURRENCY, Controller } from './controller.js';
export type { ControllerDeps, Reconciling } from './controller.js';
export { RECONCILER, Reconciles, reconciledBy } from './reconciles.js';
export type { Reconciled, ReconcilesOptions } from './reconciles.js';
export type { MapOptions, WatchBuilder } from './watch-builder.js';
