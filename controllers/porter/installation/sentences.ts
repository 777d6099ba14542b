import type { Installation } from '../../../api/porter/v1/installation.js';
import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import type { RunRecord } from '../../../integrations/porter/state/index.js';
import type { DeepReadonly, ObjectKey } from '../../../runtime/client/index.js';
import { keyText } from '../../../runtime/client/index.js';
import type { EventNote } from '../../../runtime/status/index.js';
import type { InstallationDecision } from './decision.js';
import { verbOf } from './status.js';

type Object = DeepReadonly<Installation>;

/** A run is on its way; the same words from the launch to the end, so that only news is written. */
export function underWay(object: Object, action: string): string {
  const { repository, version, tag, digest } = object.spec.bundle;
  const which = [digest, version, tag].find((part) => part !== undefined && part !== '') ?? '';
  return `${verbOf(object)} bundle ${repository} ${which} by AgentAction ${action}.`;
}

export function yielding(object: Object, owner: ObjectKey): string {
  const { name, namespace } = object.spec;
  return `Installation ${keyText(owner)} was the first to name Porter installation "${name}" in Porter namespace "${namespace}" and keeps it: delete one of the two, or create this one under another spec.name.`;
}

export const SUSPENDED =
  'spec.suspend is true: nothing is started until it is false. An object that is being deleted can also be let go with the annotation ' +
  `${ANNOTATIONS.deletionPolicy}: orphan.`;

export const NAMESPACE_HELD = `The namespace is being deleted, so nothing can be uninstalled in it, and spec.onNamespaceDeletion is block: set the annotation ${ANNOTATIONS.deletionPolicy} to orphan to let go and keep what is installed.`;

export const NAMESPACE_CLOSED = 'The namespace is being deleted: nothing can be started in it.';

/** Nothing can be uninstalled after a run that was cut off, and nobody knows what it left. */
export function unfinished({ spec }: Object, { _id, action }: Pick<RunRecord, '_id' | 'action'>): string {
  return `Run ${_id} (${action}) of Porter installation "${spec.name}" was cut off: it has no recorded result, so Porter counts nothing as installed and would uninstall nothing. Remove what it left behind.`;
}

export function working(worker: string): string {
  return `${worker} still works on the installation, and is waited for.`;
}

type Orphan = InstallationDecision & { action: 'Orphan' };
type LetGo = InstallationDecision & { action: 'LetGo' };

/** Tells why what is installed stays. */
export function orphanedEvent({ spec }: Object, { reason }: Orphan): EventNote {
  const why = {
    CrdTerminating: 'the kind Installation is being removed from the cluster',
    NamespaceTerminating: 'the namespace is being deleted and nothing can run in it any more',
    DeletionPolicy: `the annotation ${ANNOTATIONS.deletionPolicy} is orphan`,
  }[reason];
  const message = `Porter installation "${spec.name}" in Porter namespace "${spec.namespace}" was not uninstalled, because ${why}. Porter's record of it is kept.`;
  const type = reason === 'DeletionPolicy' ? 'Normal' : 'Warning';
  return { type, reason: 'Orphaned', message, action: 'Orphan', isLast: true };
}

/** Tells what a deletion without an uninstall leaves, where that is not plain. */
export function letGoEvent({ spec }: Object, { outcome }: LetGo): EventNote | undefined {
  if (outcome !== 'InstallFailed') return undefined;
  const message = `Porter installation "${spec.name}" was never installed with success, so Porter has nothing to uninstall: what the failed run left behind must be removed by hand.`;
  return { type: 'Warning', reason: 'NothingUninstalled', message, action: 'LetGo' };
}
