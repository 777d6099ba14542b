import type { DeepReadonly } from '../client/index.js';
import type { Outcome } from '../reconciler/outcome.js';
import type { Condition } from './conditions.js';
import { findCondition } from './conditions.js';
import type { EventNote } from './event-recorder.js';

/** The event that tells a change of Ready, if it changed in status or reason: one for each, and none for repetitions. */
export function readyEvent(
  previous: DeepReadonly<Condition[]> | undefined,
  next: DeepReadonly<Condition[]> | undefined,
  pass: { outcome: Outcome; action: string },
): EventNote | undefined {
  const before = findCondition(previous, 'Ready');
  const after = findCondition(next, 'Ready');
  if (after === undefined || (before?.status === after.status && before.reason === after.reason)) return undefined;
  const bad = pass.outcome.kind === 'retry' || pass.outcome.kind === 'stalled';
  return { type: bad ? 'Warning' : 'Normal', reason: after.reason, message: after.message, action: pass.action };
}
