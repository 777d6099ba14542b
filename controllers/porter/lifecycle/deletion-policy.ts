import { ANNOTATIONS, DELETION_POLICIES } from '../../../api/porter/v1/well-known.js';
import type { DeepReadonly, KubernetesJson } from '../../../runtime/client/index.js';

/** What the annotation getporter.org/deletion-policy says, in any case; anything but its two values decides nothing. */
export function deletionPolicyOf(object: DeepReadonly<KubernetesJson>): 'delete' | 'orphan' | { invalid: string } {
  const value = object.metadata.annotations?.[ANNOTATIONS.deletionPolicy] ?? DELETION_POLICIES.delete;
  const policy = value.trim().toLowerCase();
  return policy === DELETION_POLICIES.delete || policy === DELETION_POLICIES.orphan ? policy : { invalid: value };
}
