import { inject, injectable } from 'inversify';
import type { Installation, InstallationStatus } from '../../../api/porter/v1/installation.js';
import { INSTALLATIONS, INSTALLATION_OUTPUTS } from '../../../api/porter/v1/resources.js';
import { FINALIZER } from '../../../api/porter/v1/well-known.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import { isNamespaceTerminating } from '../../../runtime/client/index.js';
import type { WatchBuilder } from '../../../runtime/controller/index.js';
import { Reconciles } from '../../../runtime/controller/index.js';
import type { Acted, ObserveContext, ReconcileContext } from '../../../runtime/reconciler/index.js';
import { ReconcilerDeps, assertNever, done, progress, stalled, wait } from '../../../runtime/reconciler/index.js';
import { AgentReconciler } from '../../agent-run/agent.reconciler.js';
import { AgentRuns } from '../../agent-run/agent-runs.js';
import type { RunRequest } from '../../agent-run/run.js';
import { RETRY_ADVICE, UNDO_ADVICE, endAwaited, takenBack, withAdvice } from '../lifecycle/advice.js';
import { keptRuns } from '../lifecycle/history.js';
import type { EndedRun } from '../lifecycle/run-view.js';
import { isBlocked, isEnded, isOpen, isSuccess } from '../lifecycle/run-view.js';
import { LeftoverBundles } from '../lifecycle/leftover-bundles.js';
import { OutcomeMetrics } from '../lifecycle/outcome-metrics.js';
import { StuckRuns } from '../lifecycle/stuck-runs.js';
import { watchTerminations } from '../lifecycle/terminations.js';
import { decideInstallation } from './decide.js';
import type { InstallationDecision } from './decision.js';
import { KIND, applyRun, purgeRun, uninstallRun } from './desired.js';
import { InstallationEnding } from './installation-ending.js';
import { InstallationRecorder } from './installation-recorder.js';
import { InstallationObserver } from './observe.js';
import { NAMESPACE_CLOSED, underWay, unfinished } from './sentences.js';
import type { InstallationSnapshot } from './snapshot.js';
import type { InstallationObserved } from './status.js';
import {
  describeInstallation,
  openChanges,
  recoveredRequest,
  requestedChanges,
  unfinishedChanges,
  verbOf,
} from './status.js';
import { outcomeOfWaiting } from './waiting.js';
import { watchNeighbours } from './watches.js';

type Context = ReconcileContext<InstallationSnapshot>;
type Result = Acted<InstallationObserved>;
type Object = InstallationSnapshot['object'];
type Decided<A extends InstallationDecision['action']> = InstallationDecision & { action: A };

/** The end of a run that was taken back wakes us; this is for a lost event. */
const CANCEL_RECHECK_MS = 5_000;

const CACHE_RECHECK_MS = 1_000;
/** A right or a quota that is missing wakes nobody when it comes. */
const OUTPUTS_RECHECK_MS = 60_000;

/** Keeps a Porter bundle installed as declared, by agent runs that are judged by Porter's own records. */
@injectable()
@Reconciles(INSTALLATIONS, { finalizer: FINALIZER })
export class InstallationReconciler extends AgentReconciler<
  Installation,
  InstallationSnapshot,
  InstallationDecision,
  InstallationObserved
> {
  @inject(InstallationObserver) private readonly observer!: InstallationObserver;
  @inject(InstallationRecorder) private readonly recorder!: InstallationRecorder;
  @inject(InstallationEnding) private readonly ending!: InstallationEnding;
  @inject(LeftoverBundles) private readonly leftovers!: LeftoverBundles;
  @inject(StuckRuns) private readonly stuckRuns!: StuckRuns;
  @inject(OutcomeMetrics) private readonly outcomes!: OutcomeMetrics;

  constructor(@inject(ReconcilerDeps) deps: ReconcilerDeps, @inject(AgentRuns) runs: AgentRuns) {
    super(deps, runs);
  }

  watch(on: WatchBuilder): void {
    this.watchRuns(on, KIND);
    on.owns(INSTALLATION_OUTPUTS);
    watchNeighbours(on);
    watchTerminations(on, INSTALLATIONS);
    // The sets and actions are watched, too, by what is above.
    this.outcomes.show();
  }

  observe(
    object: DeepReadonly<Stored<Installation>>,
    reader: Reader,
    { now }: ObserveContext,
  ): Promise<InstallationSnapshot> {
    return this.observer.observe(object, reader, now);
  }

  decide(snapshot: InstallationSnapshot): InstallationDecision {
    return decideInstallation(snapshot);
  }

  async act(decision: InstallationDecision, { snapshot }: Context): Promise<Result> {
    const { object, wanted } = snapshot;
    switch (decision.action) {
      case 'ConsultRecord':
      case 'LookUpSets':
        throw new Error(`${decision.action} was left unanswered`);
      case 'YieldToOwner':
      case 'RefuseSpec':
      case 'RefusePolicy':
      case 'HoldForNamespace':
      case 'StaySuspended':
      case 'AwaitStore':
      case 'AwaitSets':
        return told(outcomeOfWaiting(object, decision));
      case 'AwaitWorker':
        return this.awaitWorker(object, decision);
      case 'ReportUnfinished':
        return unfinishedResult(snapshot, decision);
      case 'FollowRun':
        return this.follow(snapshot, decision.run);
      case 'CancelRun':
        return this.cancel(snapshot, decision.name);
      case 'LaunchApply':
        return this.launch(snapshot, applyRun(object, wanted, { ...decision, lost: snapshot.lost }));
      case 'PurgeRecord':
        return this.launch(snapshot, purgeRun(object, wanted));
      case 'LaunchUninstall':
        return this.launch(snapshot, uninstallRun(object, wanted, { ...decision, lost: snapshot.lost }));
      case 'RecordRun':
        return this.recordRun(snapshot, decision);
      case 'ReportPurge':
        return told(this.outcomeOf(withAdvice(decision.run, RETRY_ADVICE)));
      case 'Rest':
        return this.rest(snapshot);
      case 'ShowOutputs':
        return shown(await this.recorder.show(snapshot));
      case 'AdoptRecord':
        return shown(await this.recorder.adopt(snapshot));
      case 'NoteNothingInstalled':
        return { outcome: done(), observed: await this.recorder.noteNothing(snapshot) };
      case 'Orphan':
        await this.ending.orphan(object, decision);
        return GONE;
      case 'LetGo':
        await this.ending.letGo(object, decision);
        return GONE;
      default:
        return assertNever(decision);
    }
  }

  describeStatus(snapshot: InstallationSnapshot, acted: Result): InstallationStatus | undefined {
    return describeInstallation(snapshot, acted);
  }

  private async launch(snapshot: InstallationSnapshot, request: RunRequest): Promise<Result> {
    try {
      const run = await this.runs.request(request);
      if (run.phase === 'Conflict') return this.follow(snapshot, run);
      if (isOpen(run)) {
        const { outcome, observed } = this.follow(snapshot, run);
        const changes = { ...observed.changes, ...requestedChanges(snapshot, run.action) };
        return { outcome, observed: { ...observed, changes } };
      }
      const message = `AgentAction ${run.phase === 'Absent' ? '' : run.action} has ended; the cache will know of it soon.`;
      return told(wait('RunInProgress', message, { afterMs: CACHE_RECHECK_MS }));
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
      return told(wait('NamespaceTerminating', NAMESPACE_CLOSED));
    }
  }

  private async awaitWorker(object: Object, decision: Decided<'AwaitWorker'>): Promise<Result> {
    await this.leftovers.limit(decision.worker.endless, object.spec.agentConfig?.name);
    return told(outcomeOfWaiting(object, decision));
  }

  /** Normal progress is told in the same words from launch to end; whatever is in its way is told as it is. */
  private follow(snapshot: InstallationSnapshot, run: Decided<'FollowRun'>['run']): Result {
    if (run.phase === 'Conflict') return told(this.outcomeOf(run));
    const { object, wanted, other } = snapshot;
    const outcome = isBlocked(run) ? this.outcomeOf(run) : wait(verbOf(object), underWay(object, run.action));
    if (run === other?.state) return told(outcome);
    const changes = { ...openChanges(run, wanted), ...recoveredRequest(snapshot, run.action) };
    return {
      outcome,
      observed: { changes, upstream: run.phase === 'Running' ? snapshot.upstream : [] },
    };
  }

  private async cancel({ object }: InstallationSnapshot, name: string): Promise<Result> {
    const { namespace } = object.metadata;
    const isTaken = await this.stuckRuns.takeBack({ namespace, name });
    const message = isTaken ? takenBack(name) : endAwaited(name);
    return told(wait('RunInProgress', message, { afterMs: CANCEL_RECHECK_MS }));
  }

  private async recordRun(snapshot: InstallationSnapshot, decision: Decided<'RecordRun'>): Promise<Result> {
    const { object, run } = snapshot;
    const observed = await this.recorder.record(snapshot, decision);
    await this.runs.prune(object, keptRuns(object.spec), decision.run.action);
    // An undo that succeeded is followed by letting go, an older run by the one that is wanted now.
    const isUndone = object.metadata.deletionTimestamp !== undefined && isSuccess(run.phase);
    const isLast = decision.run === run && !isUndone;
    const outcome = isLast ? this.ended(snapshot, decision.run) : progress();
    return outcome.kind === 'done' ? shown(observed) : { outcome, observed };
  }

  private ended({ object }: InstallationSnapshot, run: EndedRun): Result['outcome'] {
    const isUndo = object.metadata.deletionTimestamp !== undefined;
    return this.outcomeOf(withAdvice(run, isUndo ? UNDO_ADVICE : RETRY_ADVICE));
  }

  /** Nothing to do: the outcome is the one that was recorded, also when its AgentAction has been removed since. */
  private rest(snapshot: InstallationSnapshot): Result {
    const { run, object } = snapshot;
    const { completed, conditions, lastError = '' } = object.status ?? {};
    if (isSuccess(completed?.result)) return told(done());
    if (isEnded(run)) return told(this.ended(snapshot, run));
    const ready = conditions?.find(({ type }) => type === 'Ready');
    return told(stalled(ready?.reason ?? 'RunFailed', ready?.message ?? `${lastError} ${RETRY_ADVICE}`.trim()));
  }
}

const GONE: Result = { outcome: done(), observed: { isGone: true } };

function unfinishedResult({ object, wanted }: InstallationSnapshot, { run }: Decided<'ReportUnfinished'>): Result {
  const cause = unfinished(object, run);
  const changes = unfinishedChanges(wanted, cause);
  return { outcome: stalled('RunResultMissing', `${cause} ${UNDO_ADVICE}`), observed: { changes } };
}

/** All is well, but outputs that could not be shown are looked after again. */
function shown(observed: InstallationObserved): Result {
  const isHidden = observed.outputs !== undefined && observed.outputs !== null;
  return { outcome: done(isHidden ? { recheckAfterMs: OUTPUTS_RECHECK_MS } : {}), observed };
}

function told(outcome: Result['outcome']): Result {
  return { outcome, observed: {} };
}
