import { inject, injectable } from 'inversify';
import type { AgentAction, AgentActionStatus, Verdict } from '../../../api/porter/v1/agent-action.js';
import { CONDITIONS } from '../../../api/porter/v1/conditions.js';
import { AGENT_ACTIONS } from '../../../api/porter/v1/resources.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { WatchBuilder } from '../../../runtime/controller/index.js';
import { Reconciles } from '../../../runtime/controller/index.js';
import type { Acted, ObserveContext, Outcome, ReconcileContext } from '../../../runtime/reconciler/index.js';
import {
  Reconciler,
  ReconcilerDeps,
  assertNever,
  done,
  progress,
  stalled,
  wait,
} from '../../../runtime/reconciler/index.js';
import type { Explanation } from '../../../runtime/status/index.js';
import { AgentSettings } from '../../agent-run/agent-settings.js';
import type { LaunchProblem } from '../../agent-run/launch/problem.js';
import { ActionEffects } from './effects.js';
import type { ActionDecision } from './decide.js';
import { decideAction, inProgress } from './decide.js';
import { pending } from './follow.js';
import { watchRuns } from './indexes.js';
import type { Action, LaunchFacts } from './launch-facts.js';
import { ActionObserver } from './observe.js';
import { RunMetrics } from './run-metrics.js';
import type { ActionSnapshot } from './snapshot.js';
import type { ActionReport } from './status.js';
import { describeAction, reachedAtEnd } from './status.js';

type Report = Acted<ActionReport>;
type Decided<A extends ActionDecision['action']> = ActionDecision & { action: A };

/** What has to be polled is looked at this often. */
const RECHECK_MS = 15_000;

/** Runs each AgentAction once for every generation and value of its retry annotation, and tells how it ended. */
@injectable()
@Reconciles(AGENT_ACTIONS, { events: 'warnings' })
export class AgentActionReconciler extends Reconciler<AgentAction, ActionSnapshot, ActionDecision, ActionReport> {
  @inject(RunMetrics) private readonly runs!: RunMetrics;

  constructor(
    @inject(ReconcilerDeps) deps: ReconcilerDeps,
    @inject(ActionObserver) private readonly observer: ActionObserver,
    @inject(ActionEffects) private readonly effects: ActionEffects,
    @inject(AgentSettings) private readonly settings: AgentSettings,
  ) {
    super(deps);
  }

  override watch(on: WatchBuilder): void {
    watchRuns(on, this.settings);
  }

  override observe(object: Action, reader: Reader, { now }: ObserveContext): Promise<ActionSnapshot> {
    return this.observer.observe(object, reader, now);
  }

  override decide(snapshot: ActionSnapshot): ActionDecision {
    return decideAction(snapshot);
  }

  override async act(decision: ActionDecision, { snapshot }: ReconcileContext<ActionSnapshot>): Promise<Report> {
    const report = await this.carryOut(decision, snapshot);
    if (report.observed.end !== undefined) this.runs.ends(snapshot.object);
    else if (snapshot.stage.kind === 'Finished') this.runs.ended(snapshot.object);
    return report;
  }

  override describeStatus(snapshot: ActionSnapshot, acted: Report): AgentActionStatus {
    return describeAction(snapshot, acted);
  }

  private async carryOut(decision: ActionDecision, snapshot: ActionSnapshot): Promise<Report> {
    const { object } = snapshot;
    switch (decision.action) {
      case 'Rest':
        return finished(decision.verdict);
      case 'ReleaseJobs':
        await this.effects.release(object, decision.jobs);
        return finished(decision.verdict);
      case 'Await':
        if (snapshot.stage.kind === 'Due') this.effects.yield(object);
        await this.effects.adopt(object, decision.orphans ?? []);
        return awaited(decision.problem);
      case 'RecordLaunch': {
        const blocker = this.effects.claim(object);
        return blocker === undefined ? recorded(decision.launch, false) : awaited(inProgress(blocker.by));
      }
      case 'RecordFound':
        return recorded(decision.launch, decision.isComplete);
      case 'Launch':
        return this.launch(decision);
      case 'Follow':
        await this.effects.adopt(object, decision.orphans);
        return followed(decision);
      case 'Conclude':
        this.effects.yield(object);
        return this.settle(snapshot, decision);
      default:
        return assertNever(decision);
    }
  }

  private async launch({ launch, run }: Decided<'Launch'>): Promise<Report> {
    const launched = await this.effects.launch(run);
    switch (launched.kind) {
      case 'Launched': {
        const explanation = pending(launch);
        const outcome = wait(explanation.reason, explanation.message, { afterMs: RECHECK_MS });
        return { outcome, observed: { launch, phase: 'Pending', explanation } };
      }
      case 'LaunchedBefore':
        return recorded(launched.facts ?? launch, true);
      case 'NameTaken':
        return awaited({ reason: launched.kind, message: launched.message, stalled: true });
      case 'Refused':
        return ended({ verdict: { source: 'ExitCode', result: 'Failed', ...textOf(launched) } });
      default:
        return assertNever(launched);
    }
  }

  private async settle({ object, stage }: ActionSnapshot, decision: Decided<'Conclude'>) {
    const { verdict, runId, exit, explain, detail } = decision;
    const { job: files = '', lastRunId } = 'launch' in stage ? stage.launch : ({} as Partial<LaunchFacts>);
    const { namespace = '' } = object.metadata;
    const run = { namespace, spec: object.spec, exit, files, runId, lastRunId, detail };
    const explained = explain ? await this.effects.explain(verdict, run) : verdict;
    return ended({ verdict: explained, runId, exitCode: exit?.code, finishedAt: exit?.finishedAt });
  }
}

/** The status says already that it has ended. */
function finished(verdict: Verdict): Report {
  return { outcome: outcomeOf(verdict), observed: { explanation: textOf(verdict) } };
}

function ended(end: NonNullable<ActionReport['end']>): Report {
  const { verdict } = end;
  const reached = reachedAtEnd(verdict.result);
  return { outcome: outcomeOf(verdict), observed: { end, reached, explanation: textOf(verdict) } };
}

function awaited(problem: LaunchProblem): Report {
  return { outcome: problemOutcome(problem), observed: { explanation: textOf(problem) } };
}

function problemOutcome({ reason, message, permanent, stalled: isStalled }: LaunchProblem): Outcome {
  if (permanent === true) return stalled(reason, message);
  const recheck = { afterMs: RECHECK_MS };
  return isStalled === true ? stalled(reason, message, recheck) : wait(reason, message, recheck);
}

function recorded(launch: LaunchFacts, isComplete: boolean): Report {
  const reached = isComplete ? [CONDITIONS.scheduled] : [];
  return { outcome: progress(), observed: { launch, phase: 'Pending', explanation: pending(launch), reached } };
}

function followed({ launch, progress: { phase, explanation, afterMs } }: Decided<'Follow'>): Report {
  const reached = phase === 'Running' ? [CONDITIONS.scheduled, CONDITIONS.started] : [];
  const outcome = wait(explanation.reason, explanation.message, { afterMs });
  return { outcome, observed: { launch, phase, explanation, reached } };
}

function outcomeOf({ result, reason, message }: Verdict): Outcome {
  return result === 'Succeeded' || result === 'NoOp' ? done() : stalled(reason, message);
}

function textOf({ reason, message }: Explanation): Explanation {
  return { reason, message };
}
