import type { DeepReadonly, KubernetesObject } from '../../../runtime/schema/index.js';
import { printable } from '../../../runtime/schema/index.js';
import { ANNOTATIONS, DELETION_POLICIES } from './well-known.js';
import type { DeletionPolicy } from './well-known.js';

/** What the annotation getporter.org/deletion-policy says, in any case; anything but its two values decides nothing. */
export function deletionPolicyOf({ metadata }: DeepReadonly<KubernetesObject>): DeletionPolicy | { invalid: string } {
  const value = metadata.annotations?.[ANNOTATIONS.deletionPolicy] ?? DELETION_POLICIES.delete;
  const policy = value.trim().toLowerCase();
  return policy === DELETION_POLICIES.delete || policy === DELETION_POLICIES.orphan ? policy : { invalid: value };
}

/** What is to be said of a policy that decides nothing, after the annotation's name. */
export function policyProblem(invalid: string): string {
  return `is "${printable(invalid)}": nothing is destroyed until it is delete or orphan`;
}
