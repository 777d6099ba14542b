import type { AgentActionStatus, Verdict } from '../../../api/porter/v1/agent-action.js';
import { CONDITIONS, UPSTREAM_REASONS } from '../../../api/porter/v1/conditions.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import type { Acted, Outcome } from '../../../runtime/reconciler/index.js';
import type { Condition, Explanation } from '../../../runtime/status/index.js';
import { findCondition, kstatusConditions, mergeConditions, timestamp } from '../../../runtime/status/index.js';
import type { Action, LaunchFacts } from './launch-facts.js';
import { speaksOf, wantedRun } from './launch-facts.js';
import type { ActionSnapshot } from './snapshot.js';

type Status = AgentActionStatus;
type UpstreamCondition = 'Scheduled' | 'Started' | 'Completed' | 'Failed';

/** What a pass has to say about an action. */
export interface ActionReport {
  /** The launch that the status tells of from now on. */
  readonly launch?: LaunchFacts;
  readonly phase?: 'Pending' | 'Running';
  /** For Ready and Reconciling. */
  readonly explanation?: Explanation;
  /** Upstream's conditions that have come true. */
  readonly reached?: readonly UpstreamCondition[];
  readonly end?: {
    readonly verdict: Verdict;
    readonly runId?: string;
    readonly exitCode?: number;
    readonly finishedAt?: string;
  };
}

/** Pure: the whole status after a pass. */
export function describeAction(snapshot: ActionSnapshot, { outcome, observed }: Acted<ActionReport>): Status {
  const { object, now } = snapshot;
  const base = baseOf(object, observed);
  const previous = base.conditions;
  const generation = base.observedGeneration;
  const { explanation } = observed;
  const words = explanation && { ready: explanation, reconciling: explanation };
  const kstatus = kstatusConditions({ outcome, generation, now, previous: object.status?.conditions, ...words });
  const reached = (observed.reached ?? []).map((type) => reachedCondition(type, now, generation));
  return {
    ...base,
    ...endOf(observed, now),
    phase: phaseOf(base, observed, outcome),
    conditions: mergeConditions(mergeConditions(previous, reached), kstatus),
  };
}

/** What the status goes on from: a new launch or a new wish begins with a clean sheet. */
function baseOf(object: Action, { launch }: ActionReport): Status {
  const status = (object.status ?? {}) as Status;
  if (launch !== undefined) return tellsOf(status, launch) ? status : launchedStatus(launch, status);
  const run = wantedRun(object);
  if (speaksOf(status, run) || (status.startedAt !== undefined && status.verdict === undefined)) return status;
  const fresh: Status = { observedGeneration: run.generation, conditions: ownConditions(status) };
  if (run.retry !== '') fresh.retry = run.retry;
  if (status.attempt !== undefined) fresh.attempt = status.attempt;
  return fresh;
}

/** Whether the status has this very launch, and not another one under the same name that was forgotten meanwhile. */
function tellsOf({ job, startedAt, lastRunId }: DeepReadonly<Status>, launch: LaunchFacts): boolean {
  return job?.name === launch.job && startedAt === launch.startedAt && lastRunId === launch.lastRunId;
}

function launchedStatus(launch: LaunchFacts, previous: Status): Status {
  const { generation, retry, attempt, agent, lastRunId, startedAt, job } = launch;
  return {
    observedGeneration: generation,
    attempt,
    agent,
    startedAt,
    job: { name: job },
    ...(retry !== '' && { retry }),
    ...(lastRunId !== undefined && { lastRunId }),
    conditions: ownConditions(previous),
  };
}

/** Upstream's conditions are those of one run; ours go on with their transition times. */
function ownConditions({ conditions }: DeepReadonly<Status>): Condition[] {
  return ['Ready', 'Reconciling', 'Stalled'].flatMap((type) => {
    const condition = findCondition(conditions, type);
    return condition === undefined ? [] : [{ ...condition }];
  });
}

function endOf({ end }: ActionReport, now: number): Partial<Status> {
  if (end === undefined) return {};
  const { verdict, runId, exitCode, finishedAt = timestamp(now) } = end;
  return { verdict, finishedAt, ...(runId !== undefined && { runId }), ...(exitCode !== undefined && { exitCode }) };
}

function phaseOf(base: DeepReadonly<Status>, { phase, end }: ActionReport, outcome: Outcome): string {
  const result = end?.verdict.result ?? base.verdict?.result;
  if (result === undefined) return phase ?? (outcome.kind === 'stalled' ? 'Unknown' : (base.phase ?? 'Pending'));
  return result === 'NoOp' ? 'Succeeded' : result;
}

function reachedCondition(type: UpstreamCondition, now: number, observedGeneration: number | undefined): Condition {
  const reason = UPSTREAM_REASONS[type];
  return { type, status: 'True', reason, message: '', lastTransitionTime: timestamp(now), observedGeneration };
}

/** Upstream's conditions of a run that has ended like this. */
export function reachedAtEnd(result: Verdict['result']): readonly UpstreamCondition[] {
  const { scheduled, started, completed, failed } = CONDITIONS;
  switch (result) {
    case 'Succeeded':
    case 'NoOp':
      return [scheduled, started, completed];
    case 'Failed':
      return [scheduled, started, failed];
    case 'Unknown':
      return [];
  }
}
