import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../cache/index.js';

/**
 * Whether a change touched nothing that anybody but the controller itself writes. Kinds with a status subresource count
 * generations of everything else.
 */
export function isStatusOnly(change: Change): boolean {
  if (change.type !== 'modified') return false;
  const { metadata: before } = change.previous;
  const { metadata: after } = change.object;
  return (
    before.generation !== undefined &&
    before.generation === after.generation &&
    before.deletionTimestamp === after.deletionTimestamp &&
    isDeepStrictEqual([before.labels, before.annotations], [after.labels, after.annotations]) &&
    isDeepStrictEqual([before.finalizers, before.ownerReferences], [after.finalizers, after.ownerReferences])
  );
}
