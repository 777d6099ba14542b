import type { ObjectKey } from '../../../runtime/client/index.js';
import type { RunState } from '../../agent-run/run.js';
import { deletionPolicyOf } from '../../../api/porter/v1/deletion-policy.rules.js';
import type { EndedRun, OpenRun } from '../lifecycle/run-view.js';
import { isBlocked, isEnded, isOpen, isSettled, isSuccess } from '../lifecycle/run-view.js';
import type { SetSnapshot } from './snapshot.js';

/** The one thing to do now. The first is a question: observing answers it before anything is done. */
export type SetDecision =
  | { readonly action: 'ConsultRecord' }
  | { readonly action: 'YieldToOwner'; readonly owner: ObjectKey }
  | { readonly action: 'FollowRun'; readonly run: OpenRun | (RunState & { phase: 'Conflict' }) }
  | { readonly action: 'CancelRun'; readonly name: string }
  | { readonly action: 'RecordRun'; readonly run: EndedRun; readonly generation: number; readonly attempt: number }
  | { readonly action: 'Rest' }
  | { readonly action: 'StaySuspended' }
  | { readonly action: 'AwaitStore'; readonly message: string }
  | { readonly action: 'AwaitUsers'; readonly users: readonly string[] }
  | { readonly action: 'LaunchApply' }
  | { readonly action: 'LaunchDelete' }
  | { readonly action: 'RefusePolicy'; readonly value: string }
  | { readonly action: 'HoldForNamespace' }
  | { readonly action: 'Orphan'; readonly reason: 'CrdTerminating' | 'NamespaceTerminating' | 'DeletionPolicy' }
  | { readonly action: 'LetGo'; readonly outcome: 'NotOurs' | 'Undone' | 'NotRecorded' };

/** Pure: what to do about a set that looks like this. */
export function decideSet(snapshot: SetSnapshot): SetDecision {
  const { object, owner } = snapshot;
  if (object.metadata.deletionTimestamp !== undefined) return decideDeletion(snapshot);
  if (owner !== undefined) return { action: 'YieldToOwner', owner };
  const running = decideRunning(snapshot);
  if (running !== undefined) return running;
  return object.spec.suspend === true ? { action: 'StaySuspended' } : { action: 'LaunchApply' };
}

/** One run of a set at a time, and none is forgotten. What is recorded as ended has ended, whatever an older view of the run says. */
function decideRunning({ object, other, run, wanted }: SetSnapshot): SetDecision | undefined {
  if (other !== undefined && isOpen(other.state)) return superseded(other.state, object.spec.suspend === true);
  if (other !== undefined && isEnded(other.state)) return { action: 'RecordRun', ...other, run: other.state };
  if (isSettled(object.status?.completed, wanted)) return { action: 'Rest' };
  if (isOpen(run) || run.phase === 'Conflict') return { action: 'FollowRun', run };
  if (!isEnded(run)) return undefined;
  const { generation, attempt } = wanted;
  return { action: 'RecordRun', run, generation, attempt };
}

/** A run that cannot begin and that nobody wants any more is taken back; one that may be at work never is. */
function superseded(state: OpenRun, isSuspended: boolean): SetDecision {
  const isStuck = state.phase === 'Pending' && isBlocked(state) && !isSuspended;
  return isStuck ? { action: 'CancelRun', name: state.action } : { action: 'FollowRun', run: state };
}

function decideDeletion(snapshot: SetSnapshot): SetDecision {
  const policy = deletionPolicyOf(snapshot.object);
  if (snapshot.owner !== undefined) return { action: 'LetGo', outcome: 'NotOurs' };
  if (snapshot.isKindTerminating) return { action: 'Orphan', reason: 'CrdTerminating' };
  if (policy === 'orphan') return { action: 'Orphan', reason: 'DeletionPolicy' };
  if (isUndone(snapshot)) return { action: 'LetGo', outcome: 'Undone' };
  if (snapshot.isNamespaceTerminating) return decideTerminating(snapshot);
  if (policy !== 'delete') return { action: 'RefusePolicy', value: policy.invalid };
  return decideRunning(withoutEndedOther(snapshot)) ?? decideDelete(snapshot);
}

function isUndone({ object, wanted }: SetSnapshot): boolean {
  const completed = object.status?.completed;
  return isSettled(completed, wanted) && isSuccess(completed?.result);
}

function decideTerminating({ object }: SetSnapshot): SetDecision {
  return object.spec.onNamespaceDeletion === 'block'
    ? { action: 'HoldForNamespace' }
    : { action: 'Orphan', reason: 'NamespaceTerminating' };
}

/** How an earlier run ended is of no interest any more. */
function withoutEndedOther(snapshot: SetSnapshot): SetSnapshot {
  const { other, ...rest } = snapshot;
  return other !== undefined && isOpen(other.state) ? snapshot : rest;
}

/** A set outlives those who need it to be uninstalled, as a volume outlives the Pods that use it. */
function decideDelete({ object, users, record, wasLaunched }: SetSnapshot): SetDecision {
  if (users.length > 0) return { action: 'AwaitUsers', users };
  if (object.spec.suspend === true) return { action: 'StaySuspended' };
  switch (record.kind) {
    case 'Unread':
      return { action: 'ConsultRecord' };
    case 'Unavailable':
      return { action: 'AwaitStore', message: record.message };
    case 'Missing':
      return { action: 'LetGo', outcome: 'NotRecorded' };
    case 'Present':
      return { action: 'LaunchDelete' };
    case 'NoStore':
      return wasLaunched ? { action: 'LaunchDelete' } : { action: 'LetGo', outcome: 'NotRecorded' };
  }
}
