import type { CredentialSet } from '../../../api/porter/v1/credential-set.js';
import type { Installation } from '../../../api/porter/v1/installation.js';
import type { ParameterSet } from '../../../api/porter/v1/parameter-set.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import { isSettled, isSuccess } from '../lifecycle/run-view.js';

type Set = DeepReadonly<Stored<CredentialSet | ParameterSet>>;
type Object = DeepReadonly<Stored<Installation>>;

/**
 * Whether an Installation that names the set has run with it, or with one that the set stands in for, and is still
 * installed. A set that is being deleted waits for its users.
 */
export function isUserOf({ metadata, spec, status }: Object, set: Set): boolean {
  if (status?.attempt === undefined) return false;
  const { completed } = status;
  const run = { generation: metadata.generation ?? 1, attempt: status.attempt };
  const isUninstalled = spec.uninstalled === true && isSettled(completed, run) && isSuccess(completed?.result);
  return !isUninstalled && [spec.namespace, ''].includes(set.spec.namespace);
}

/**
 * Whether the Installation may run with a set that is being deleted. To be uninstalled it always may, since the set may
 * be waiting for just that; otherwise only a user may, of a set that Porter has as it is declared.
 */
export function mayUseDeleted(object: Object, set: Set): boolean {
  if (object.metadata.deletionTimestamp !== undefined) return true;
  return isUserOf(object, set) && isSuccess(set.status?.completed?.result);
}
