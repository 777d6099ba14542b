import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import type { ObjectKey } from '../../../runtime/client/index.js';
import type { EventNote } from '../../../runtime/status/index.js';
import type { SetDecision } from './decide.js';
import type { SetKind, SetObject } from './set-kind.js';

/** A run is on its way; the same words from the launch to the end, so that only news is written. */
export function underWay({ noun }: SetKind, { metadata, spec }: SetObject, action: string): string {
  const verb = metadata.deletionTimestamp === undefined ? 'Applying' : 'Deleting';
  return `${verb} ${noun} ${named(spec)} by AgentAction ${action}.`;
}

export function yielding({ kind, noun }: SetKind, { spec }: SetObject, owner: ObjectKey): string {
  return `${kind} ${owner.name} was the first to name ${noun} ${named(spec)} and keeps it: delete one of the two, or create this one under another spec.name.`;
}

/** Who still needs a set that is being deleted. */
export function inUse({ noun }: SetKind, users: readonly string[]): string {
  const shown = users.slice(0, 5).join(', ');
  const more = users.length > 5 ? ` and ${users.length - 5} more` : '';
  return `The ${noun} is kept for Installation ${shown}${more}, which could not be uninstalled without it: delete it or take the set off its spec, or set the annotation ${ANNOTATIONS.deletionPolicy} to orphan to leave the set in Porter.`;
}

export const SUSPENDED = `spec.suspend is true: nothing is started until it is false. An object that is being deleted can also be let go with the annotation ${ANNOTATIONS.deletionPolicy}: orphan.`;

export const NAMESPACE_HELD = `The namespace is being deleted, so nothing can run in it, and spec.onNamespaceDeletion is block: set the annotation ${ANNOTATIONS.deletionPolicy} to orphan to let go and leave the set in Porter.`;

export const NAMESPACE_CLOSED = 'The namespace is being deleted: nothing can be started in it.';

/** Tells why the set stays in Porter. */
export function orphanedEvent(
  { kind, noun }: SetKind,
  { spec }: SetObject,
  { reason }: SetDecision & { action: 'Orphan' },
): EventNote {
  const why = {
    CrdTerminating: `the kind ${kind} is being removed from the cluster`,
    NamespaceTerminating: 'the namespace is being deleted and nothing can run in it any more',
    DeletionPolicy: `the annotation ${ANNOTATIONS.deletionPolicy} is orphan`,
  }[reason];
  const message = `Porter keeps ${noun} ${named(spec)}, because ${why}.`;
  const type = reason === 'DeletionPolicy' ? 'Normal' : 'Warning';
  return { type, reason: 'Orphaned', message, action: 'Orphan', isLast: true };
}

function named({ namespace, name }: SetObject['spec']): string {
  return `"${name}" in ${namespace === '' ? "Porter's global namespace" : `Porter namespace "${namespace}"`}`;
}
