import type { DeepReadonly, KubernetesJson } from '../client/index.js';

/** What an object's stage of life asks for before its kind's own logic. */
export type Lifecycle =
  /** It is going away and owes us nothing. */
  | 'Ignore'
  /** Our finalizer comes first, so that nothing we do outlives it unseen. */
  | 'Adopt'
  | 'Proceed';

/** Pure. `finalizer` is undefined for kinds that leave nothing behind. */
export function decideLifecycle(object: DeepReadonly<KubernetesJson>, finalizer: string | undefined): Lifecycle {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const held = finalizer !== undefined && finalizers.includes(finalizer);
  if (deletionTimestamp !== undefined) return held ? 'Proceed' : 'Ignore';
  return finalizer === undefined || held ? 'Proceed' : 'Adopt';
}
