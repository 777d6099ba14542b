import { deletionPolicyOf } from '../../../api/porter/v1/deletion-policy.rules.js';
import { installationProblems } from '../../../api/porter/v1/installation.rules.js';
import { isInstalled, isUninstalled } from '../../../integrations/porter/state/index.js';
import { problemText } from '../../../runtime/schema/index.js';
import { isOpen, isSettled, isSuccess } from '../lifecycle/run-view.js';
import { decideRunning } from './decide-run.js';
import type { InstallationDecision } from './decision.js';
import { lastEndOf } from './last-run.js';
import type { InstallationSnapshot, RecordView } from './snapshot.js';
import { findOut, isUnknown } from './unknown-record.js';

/** Pure: what to do about an Installation that is being deleted; whatever it is, there is a documented way out. */
export function decideDeletion(snapshot: InstallationSnapshot): InstallationDecision {
  const policy = deletionPolicyOf(snapshot.object);
  if (snapshot.owner !== undefined) return { action: 'LetGo', outcome: 'NotOurs' };
  if (snapshot.isKindTerminating) return { action: 'Orphan', reason: 'CrdTerminating' };
  if (policy === 'orphan') return { action: 'Orphan', reason: 'DeletionPolicy' };
  if (isUndone(snapshot)) return { action: 'LetGo', outcome: 'Undone' };
  if (snapshot.isNamespaceTerminating) return decideTerminating(snapshot);
  if (policy !== 'delete') return { action: 'RefusePolicy', value: policy.invalid };
  return decideRunning(withoutEndedOther(snapshot)) ?? decideUninstall(snapshot);
}

function isUndone({ object, wanted }: InstallationSnapshot): boolean {
  const completed = object.status?.completed;
  return isSettled(completed, wanted) && isSuccess(completed?.result);
}

function decideTerminating({ object }: InstallationSnapshot): InstallationDecision {
  return object.spec.onNamespaceDeletion === 'block'
    ? { action: 'HoldForNamespace' }
    : { action: 'Orphan', reason: 'NamespaceTerminating' };
}

/** How an earlier run ended is of no interest any more. */
function withoutEndedOther(snapshot: InstallationSnapshot): InstallationSnapshot {
  const { other, ...rest } = snapshot;
  return other !== undefined && isOpen(other.state) ? snapshot : rest;
}

function decideUninstall(snapshot: InstallationSnapshot): InstallationDecision {
  const { object, record } = snapshot;
  if (object.spec.suspend === true) return { action: 'StaySuspended' };
  if (snapshot.worker !== undefined) return { action: 'AwaitWorker', worker: snapshot.worker };
  if (isUnknown(record)) return findOut(record);
  if (record.kind === 'NoStore') return snapshot.wasLaunched ? launchUninstall(snapshot) : letGo('NothingInstalled');
  return isInstalled(record.installation?.status) ? launchUninstall(snapshot) : decideNotInstalled(snapshot, record);
}

/**
 * Porter uninstalls nothing after an install that failed or was cut off. Whatever the former left behind is told; of the
 * latter nobody knows what it did, so somebody has to look first, and to say so by a retry.
 */
function decideNotInstalled(
  snapshot: InstallationSnapshot,
  record: RecordView & { kind: 'Read' },
): InstallationDecision {
  const { installation, lastRun } = record;
  const end = lastEndOf(record);
  if (end === 'Missing' && lastRun !== undefined && snapshot.wanted.attempt === 1) {
    return { action: 'ReportUnfinished', run: lastRun };
  }
  if (installation === undefined || isUninstalled(installation.status)) return letGo('NothingInstalled');
  if (end === 'Succeeded') return launchUninstall(snapshot);
  return letGo(end === 'None' && installation.status.runId === '' ? 'NothingInstalled' : 'InstallFailed');
}

function letGo(outcome: 'NothingInstalled' | 'InstallFailed'): InstallationDecision {
  return { action: 'LetGo', outcome };
}

function launchUninstall({ object, sets }: InstallationSnapshot): InstallationDecision {
  const problem = problemText(installationProblems(object.spec));
  if (problem !== undefined) return { action: 'RefuseSpec', message: problem };
  switch (sets.kind) {
    case 'Unread':
      return { action: 'LookUpSets' };
    case 'Ready':
      return { action: 'LaunchUninstall', secrets: sets.secrets };
    case 'Waiting':
      return { action: 'AwaitSets', reason: sets.reason, message: sets.message };
    case 'Invalid':
      return { action: 'RefuseSpec', message: sets.message };
  }
}
