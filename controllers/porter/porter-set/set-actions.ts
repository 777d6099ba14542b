import { inject, injectable } from 'inversify';
import { FINALIZER } from '../../../api/porter/v1/well-known.js';
import { isNamespaceTerminating } from '../../../runtime/client/index.js';
import type { Acted, Outcome } from '../../../runtime/reconciler/index.js';
import { Finalizers, assertNever, done, progress, stalled, wait } from '../../../runtime/reconciler/index.js';
import { EventRecorder, type EventNote } from '../../../runtime/status/index.js';
import { outcomeOfRun } from '../../agent-run/run-outcome.js';
import { AgentRuns } from '../../agent-run/agent-runs.js';
import type { RunRequest } from '../../agent-run/run.js';
import {
  RETRIED_BY_ITSELF,
  RETRY_ADVICE,
  UNDO_ADVICE,
  endAwaited,
  policyAdvice,
  takenBack,
  withAdvice,
} from '../lifecycle/advice.js';
import { keptRuns } from '../lifecycle/history.js';
import type { EndedRun } from '../lifecycle/run-view.js';
import { isBlocked, isEnded, isOpen, isSuccess } from '../lifecycle/run-view.js';
import { StuckRuns } from '../lifecycle/stuck-runs.js';
import { UndoRuns } from '../lifecycle/undo-runs.js';
import type { SetDecision } from './decide.js';
import { applyRun, deleteRun } from './desired.js';
import { retryDelayMs } from './retries.js';
import { SecretCheck } from './secret-check.js';
import { NAMESPACE_CLOSED, NAMESPACE_HELD, SUSPENDED, inUse, orphanedEvent, underWay, yielding } from './sentences.js';
import type { SetKind } from './set-kind.js';
import type { SetSnapshot } from './snapshot.js';
import type { SetObserved } from './status.js';
import { SECRETS_AVAILABLE, endedChanges, missingSentence, openChanges } from './status.js';

type Result = Acted<SetObserved>;
type Decided<A extends SetDecision['action']> = SetDecision & { action: A };

/** How soon a store that did not answer is asked again. */
const STORE_RECHECK_MS = 5_000;
/** Secrets are not watched: those that are missing are looked for this often. */
const SECRETS_RECHECK_MS = 60_000;
/** For events that are lost, and caches that are late. */
const RECHECK_MS = 5_000;

/** What is done about credential sets and parameter sets, which are twins. */
@injectable()
export class SetActions {
  @inject(AgentRuns) private readonly runs!: AgentRuns;
  @inject(Finalizers) private readonly finalizers!: Finalizers;
  @inject(EventRecorder) private readonly events!: EventRecorder;
  @inject(SecretCheck) private readonly secrets!: SecretCheck;
  @inject(StuckRuns) private readonly stuckRuns!: StuckRuns;
  @inject(UndoRuns) private readonly undoRuns!: UndoRuns;

  async act(kind: SetKind, decision: SetDecision, snapshot: SetSnapshot): Promise<Result> {
    const { object, wanted } = snapshot;
    switch (decision.action) {
      case 'ConsultRecord':
        throw new Error(`${decision.action} was left unanswered`);
      case 'YieldToOwner':
        return told(stalled('ConflictingOwner', yielding(kind, object, decision.owner)));
      case 'RefusePolicy':
        return told(stalled('DeletionPolicyInvalid', policyAdvice(decision.value)));
      case 'HoldForNamespace':
        return told(stalled('NamespaceTerminating', NAMESPACE_HELD));
      case 'StaySuspended':
        return told(wait('Suspended', SUSPENDED));
      case 'AwaitStore':
        return told(wait('StateStoreUnavailable', decision.message, { afterMs: STORE_RECHECK_MS }));
      case 'AwaitUsers':
        return told(wait('InUse', inUse(kind, decision.users)));
      case 'FollowRun':
        return follow(kind, snapshot, decision.run);
      case 'CancelRun':
        return this.cancel(snapshot, decision.name);
      case 'LaunchApply':
        return this.launch(kind, snapshot, applyRun(kind, object, wanted));
      case 'LaunchDelete':
        return this.launch(kind, snapshot, deleteRun(kind, object, wanted));
      case 'RecordRun':
        return this.recordRun(kind, snapshot, decision);
      case 'Rest':
        return this.rest(kind, snapshot);
      case 'Orphan':
        return this.letGo(kind, snapshot, { leavesWork: true, event: orphanedEvent(kind, object, decision) });
      case 'LetGo':
        return this.letGo(kind, snapshot, { leavesWork: decision.outcome === 'NotOurs' });
      default:
        return assertNever(decision);
    }
  }

  private async launch(kind: SetKind, snapshot: SetSnapshot, request: RunRequest): Promise<Result> {
    try {
      const run = await this.runs.request(request);
      if (isOpen(run) || run.phase === 'Conflict') return follow(kind, snapshot, run);
      const message = 'The AgentAction has ended; the cache will know of it soon.';
      return told(wait('RunInProgress', message, { afterMs: RECHECK_MS }));
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
      return told(wait('NamespaceTerminating', NAMESPACE_CLOSED));
    }
  }

  private async cancel({ object }: SetSnapshot, name: string): Promise<Result> {
    const { namespace } = object.metadata;
    const isTaken = await this.stuckRuns.takeBack({ namespace, name });
    const message = isTaken ? takenBack(name) : endAwaited(name);
    return told(wait('RunInProgress', message, { afterMs: RECHECK_MS }));
  }

  private async recordRun(kind: SetKind, snapshot: SetSnapshot, decision: Decided<'RecordRun'>): Promise<Result> {
    const { object, run } = snapshot;
    await this.runs.prune(object, keptRuns(object.spec), decision.run.action);
    const changes = endedChanges(snapshot, decision);
    if (decision.run !== run) return { outcome: progress(), observed: { changes } };
    const observed = { changes, upstream: snapshot.upstream };
    const isGood = isSuccess(run.phase);
    if (!isGood) return { outcome: ended(snapshot, decision.run), observed };
    if (object.metadata.deletionTimestamp !== undefined) return { outcome: progress(), observed };
    const checked = await this.checkSecrets(kind, snapshot);
    return { outcome: checked.outcome, observed: { ...observed, ...checked.observed } };
  }

  /** Nothing to do: the outcome is the one that was recorded, also when its AgentAction has been removed since. */
  private async rest(kind: SetKind, snapshot: SetSnapshot): Promise<Result> {
    const { run, object } = snapshot;
    const { completed, conditions, lastError = '' } = object.status ?? {};
    if (isSuccess(completed?.result)) return this.checkSecrets(kind, snapshot);
    if (isEnded(run)) return told(ended(snapshot, run));
    const ready = conditions?.find(({ type }) => type === 'Ready');
    return told(stalled(ready?.reason ?? 'RunFailed', ready?.message ?? `${lastError} ${RETRY_ADVICE}`.trim()));
  }

  /** The set is applied all the same: only who uses it needs the values. */
  private async checkSecrets(kind: SetKind, { object }: SetSnapshot): Promise<Result> {
    const missingSecrets = await this.secrets.missing(object.metadata.namespace ?? '', kind.secrets(object.spec));
    if (missingSecrets.length === 0) return { outcome: done(), observed: { missingSecrets } };
    const message = missingSentence(missingSecrets);
    const before = object.status?.conditions?.find(({ type }) => type === SECRETS_AVAILABLE);
    if (before?.message !== message) {
      this.events.record(object, { type: 'Warning', reason: 'SecretNotFound', message, action: 'CheckSecrets' });
    }
    return { outcome: done({ recheckAfterMs: SECRETS_RECHECK_MS }), observed: { missingSecrets } };
  }

  private async letGo(
    kind: SetKind,
    { object }: SetSnapshot,
    { leavesWork, event }: { leavesWork: boolean; event?: EventNote },
  ): Promise<Result> {
    await this.undoRuns.remove(object, { leavesWork });
    if (event !== undefined) this.events.record(object, event);
    await this.finalizers.remove(kind.resource, object, FINALIZER);
    return { outcome: done(), observed: { isGone: true } };
  }
}

/** Normal progress is told in the same words from launch to end; whatever is in its way is told as it is. */
function follow(kind: SetKind, snapshot: SetSnapshot, run: Decided<'FollowRun'>['run']): Result {
  if (run.phase === 'Conflict') return told(outcomeOfRun(run));
  const { object, wanted, other } = snapshot;
  const isDeleting = object.metadata.deletionTimestamp !== undefined;
  const reason = isDeleting ? 'Deleting' : 'Applying';
  const outcome = isBlocked(run) ? outcomeOfRun(run) : wait(reason, underWay(kind, object, run.action));
  if (run === other?.state) return told(outcome);
  const upstream = run.phase === 'Running' ? snapshot.upstream : [];
  return { outcome, observed: { changes: openChanges(run, wanted), upstream } };
}

/** What time may mend is tried again after a while, which is no reason to call anybody. */
function ended({ object, wanted, now }: SetSnapshot, run: EndedRun): Outcome {
  const afterMs = retryDelayMs(run, wanted, now);
  if (afterMs !== undefined && run.phase === 'Failed') {
    return wait(run.reason, withAdvice(run, RETRIED_BY_ITSELF).message, { afterMs });
  }
  const isUndo = object.metadata.deletionTimestamp !== undefined;
  return outcomeOfRun(withAdvice(run, isUndo ? UNDO_ADVICE : RETRY_ADVICE));
}

function told(outcome: Outcome): Result {
  return { outcome, observed: {} };
}
