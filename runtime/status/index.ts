export { findCondition, kstatusConditions, mergeConditions, timestamp } from './conditions.js';
export type { Condition, Explanation, KstatusInput } from './conditions.js';
export { EventRecorder } from './event-recorder.js';
export type { EventNote } from './event-recorder.js';
export { mergePatch } from './merge-patch.js';
export { readyEvent } from './ready-event.js';
export type { StatusOf } from './status-of.js';
export { StatusWriter } from './status-writer.js';
export type { WithStatus } from './status-writer.js';
