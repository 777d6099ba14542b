export { keepable } from './form.js';
export type { WatchOptions } from './form.js';
export { matchesSelector } from './label-selector.js';
export { Informer } from './informer.js';
export type { ChangeListener } from './informer.js';
export { InformerDeps, Informers } from './informers.js';
export type { Change } from './object-cache.js';
export { OwnWrites } from './own-writes.js';
export { BY_OWNER, Reader } from './reader.js';
