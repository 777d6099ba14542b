import { installationProblems } from '../../../api/porter/v1/installation.rules.js';
import { isInstalled, isUninstalled } from '../../../integrations/porter/state/index.js';
import { problemText } from '../../../runtime/schema/index.js';
import { isSuccess } from '../lifecycle/run-view.js';
import { decideDeletion } from './decide-deletion.js';
import { decideRunning } from './decide-run.js';
import type { InstallationDecision } from './decision.js';
import { isRecordOf } from './record-match.js';
import { lastEndOf } from './last-run.js';
import type { InstallationSnapshot, RecordView } from './snapshot.js';
import { findOut, isUnknown } from './unknown-record.js';

/** Pure: what to do about an Installation that looks like this. */
export function decideInstallation(snapshot: InstallationSnapshot): InstallationDecision {
  if (snapshot.object.metadata.deletionTimestamp !== undefined) return decideDeletion(snapshot);
  if (snapshot.owner !== undefined) return { action: 'YieldToOwner', owner: snapshot.owner };
  return decideRunning(snapshot) ?? decideLaunch(snapshot);
}

function decideLaunch(snapshot: InstallationSnapshot): InstallationDecision {
  const { object, record } = snapshot;
  const problem = problemText(installationProblems(object.spec));
  if (problem !== undefined) return { action: 'RefuseSpec', message: problem };
  if (object.spec.suspend === true) return { action: 'StaySuspended' };
  if (isUnknown(record)) return findOut(record);
  if (record.kind === 'NoStore') return decideWithoutRecord(snapshot);
  return object.spec.uninstalled === true ? decideUninstalled(snapshot, record) : decideInstalled(snapshot, record);
}

type Read = RecordView & { kind: 'Read' };

function decideUninstalled(snapshot: InstallationSnapshot, { installation }: Read): InstallationDecision {
  return isInstalled(installation?.status) ? launch(snapshot, { force: false }) : { action: 'NoteNothingInstalled' };
}

/**
 * A matching record is taken for the result only where status knows of no run, as in a restored backup. In any other case
 * Porter compares, which sees more than a record tells: a changed value in a set, a tag that was moved.
 */
function decideInstalled(snapshot: InstallationSnapshot, record: Read): InstallationDecision {
  const { installation } = record;
  const end = lastEndOf(record);
  const isAdoptable = snapshot.object.status?.attempt === undefined && end !== 'Missing';
  if (installation !== undefined && isAdoptable && isRecordOf(installation, snapshot.object.spec)) {
    return { action: 'AdoptRecord' };
  }
  return aroundTraps(snapshot, {
    isInstalled: isInstalled(installation?.status),
    isUninstalled: isUninstalled(installation?.status),
    hasFailed: end === 'None' ? installation?.status.resultStatus !== 'succeeded' : end !== 'Succeeded',
  });
}

/** Without a store, status is all that is known of what Porter keeps. */
function decideWithoutRecord(snapshot: InstallationSnapshot): InstallationDecision {
  const { object, wasLaunched } = snapshot;
  if (object.spec.uninstalled === true) {
    return wasLaunched ? launch(snapshot, { force: false }) : { action: 'NoteNothingInstalled' };
  }
  return aroundTraps(snapshot, {
    isInstalled: isInstalled(object.status),
    isUninstalled: isUninstalled(object.status),
    hasFailed: !isSuccess(object.status?.completed?.result),
  });
}

/**
 * Porter ignores what is uninstalled, so its record goes first; force helps where it is still there after that. And Porter
 * takes an installation for up to date whose last run failed or was cut off, as long as nothing else changed: it is forced.
 */
function aroundTraps(
  snapshot: InstallationSnapshot,
  known: { isInstalled: boolean; isUninstalled: boolean; hasFailed: boolean },
): InstallationDecision {
  if (known.isUninstalled && snapshot.purge.phase === 'Absent') return { action: 'PurgeRecord' };
  return launch(snapshot, { force: known.isUninstalled || (known.isInstalled && known.hasFailed) });
}

function launch({ sets }: InstallationSnapshot, { force }: { force: boolean }): InstallationDecision {
  switch (sets.kind) {
    case 'Unread':
      return { action: 'LookUpSets' };
    case 'Ready':
      return { action: 'LaunchApply', force, secrets: sets.secrets };
    case 'Waiting':
      return { action: 'AwaitSets', reason: sets.reason, message: sets.message };
    case 'Invalid':
      return { action: 'RefuseSpec', message: sets.message };
  }
}
