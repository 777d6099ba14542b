import { isUninstalled } from '../../../integrations/porter/state/index.js';
import { findCondition } from '../../../runtime/status/index.js';
import type { EndedRun, OpenRun } from '../lifecycle/run-view.js';
import { isBlocked, isEnded, isOpen, isSettled, isSuccess } from '../lifecycle/run-view.js';
import type { InstallationDecision } from './decision.js';
import type { InstallationSnapshot } from './snapshot.js';
import { findOut, isUnknown } from './unknown-record.js';
import { OUTPUTS_SHOWN } from './warnings.js';

/**
 * What runs, or has run, goes before anything new: one run of an installation at a time, and none is forgotten. What is
 * recorded as ended has ended, whatever an older view of the run says.
 */
export function decideRunning(snapshot: InstallationSnapshot): InstallationDecision | undefined {
  const { object, other, run, purge, wanted } = snapshot;
  if (other !== undefined && isOpen(other.state)) {
    return superseded(other.state, object.spec.suspend === true);
  }
  if (other !== undefined && isEnded(other.state)) return recorded(snapshot, { ...other, run: other.state });
  if (isSettled(object.status?.completed, wanted)) return decideSettled(snapshot);
  if (isOpen(run) || run.phase === 'Conflict') return { action: 'FollowRun', run };
  if (isEnded(run)) return recorded(snapshot, { ...wanted, run });
  if (isOpen(purge) || purge.phase === 'Conflict') return { action: 'FollowRun', run: purge };
  return isEnded(purge) && !isSuccess(purge.phase) ? decidePurged(snapshot, purge) : undefined;
}

function decideSettled({ object, record }: InstallationSnapshot): InstallationDecision {
  const { completed, conditions } = object.status ?? {};
  const isHidden = findCondition(conditions, OUTPUTS_SHOWN)?.status === 'False';
  const isDeleting = object.metadata.deletionTimestamp !== undefined;
  if (!isHidden || isDeleting || !isSuccess(completed?.result)) return { action: 'Rest' };
  return { action: record.kind === 'Unread' ? 'ConsultRecord' : 'ShowOutputs' };
}

/** However the removal of a record ended, it is done if the record is gone. */
function decidePurged({ record }: InstallationSnapshot, run: EndedRun): InstallationDecision | undefined {
  if (isUnknown(record)) return findOut(record);
  if (record.kind === 'NoStore') return { action: 'ReportPurge', run };
  return isUninstalled(record.installation?.status) ? { action: 'ReportPurge', run } : undefined;
}

/** A run that cannot begin and that nobody wants any more is taken back; one that may be at work never is. */
function superseded(state: OpenRun, isSuspended: boolean): InstallationDecision {
  const isStuck = state.phase === 'Pending' && isBlocked(state) && !isSuspended;
  return isStuck ? { action: 'CancelRun', name: state.action } : { action: 'FollowRun', run: state };
}

function recorded(
  { record }: InstallationSnapshot,
  ended: { run: EndedRun; generation: number; attempt: number },
): InstallationDecision {
  if (isUnknown(record)) return findOut(record);
  const { run, generation, attempt } = ended;
  return { action: 'RecordRun', run, generation, attempt };
}
