import type { AgentActionStatus, Verdict } from '../../../api/porter/v1/agent-action.js';
import { CONDITIONS } from '../../../api/porter/v1/conditions.js';
import { LABELS } from '../../../api/porter/v1/well-known.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import { findCondition } from '../../../runtime/status/index.js';
import { lostRunOf, parentOf } from '../../agent-run/agent-action.js';
import { retryLabel } from '../../agent-run/labels.js';
import type { LostRun } from '../../agent-run/run.js';
import type { Action, LaunchFacts, RunIdentity, StoredJob } from './launch-facts.js';
import { LAUNCH_ANNOTATION, launchFoundIn, recordedLaunch, speaksOf, wantedRun } from './launch-facts.js';
import { hasEnded, hasStarted, newestPod } from './agent-exit.js';
import type { StoredPod } from './agent-exit.js';

/** How far the action's current run is, told by status, Jobs and Pods alone. */
export type Stage =
  /** Its result is recorded: it never runs again. */
  | { readonly kind: 'Finished'; readonly verdict: DeepReadonly<Verdict> }
  /** The Go operator recorded its end. */
  | { readonly kind: 'Inherited'; readonly phase: 'Succeeded' | 'Failed' }
  /** The Go operator began it, and neither a result nor a Job is left. */
  | { readonly kind: 'Lost' }
  /** Nothing is known of it: it is to be launched, unless it was under an AgentAction that has vanished. */
  | { readonly kind: 'Due'; readonly run: RunIdentity; readonly lost?: LostRun }
  /** Its Job is there although the status does not know of it. */
  | { readonly kind: 'Found'; readonly launch: LaunchFacts; readonly job: StoredJob }
  /** Its launch is written down, and not known to be complete: its Job, or what that needs to start, may be missing. */
  | { readonly kind: 'Recorded'; readonly launch: LaunchFacts }
  | { readonly kind: 'Active'; readonly launch: LaunchFacts; readonly job: StoredJob }
  | { readonly kind: 'Ended'; readonly launch: LaunchFacts; readonly job: StoredJob }
  /** Its Job was there and is gone, with no result recorded. */
  | { readonly kind: 'Missing'; readonly launch: LaunchFacts };

/** Kinds whose runs may be launched again when one is lost: Porter finds out by itself what is left to do. */
const REPEATABLE_PARENTS: readonly string[] = ['Installation', 'CredentialSet', 'ParameterSet', 'AgentConfig'];

/** What there is of an action's runs. */
export interface Made {
  /** Those that the action owns. */
  readonly jobs: readonly StoredJob[];
  readonly pods: readonly StoredPod[];
  /** Whether nothing is known to be missing of the Job's launch. */
  readonly isComplete: (job: StoredJob) => boolean;
}

/** Pure. */
export function stageOf(action: Action, made: Made): Stage {
  const { status } = action;
  const { jobs } = made;
  const run = wantedRun(action);
  if (status?.verdict !== undefined && speaksOf(status, run)) return { kind: 'Finished', verdict: status.verdict };
  const launch = status?.verdict === undefined ? recordedLaunch(status) : undefined;
  if (launch !== undefined) return launchedStage(launch, status, made);
  const found = jobs.find((job) => isMadeFor(job, run));
  const inherited = inheritedStage(action, found);
  if (inherited !== undefined) return inherited;
  if (found === undefined) return { kind: 'Due', run, ...lostBefore(action, run) };
  return { kind: 'Found', launch: launchFoundIn(found, run), job: found };
}

/** Whether a run of this action that was lost may be launched again without asking anybody. */
export function isRepeatable(action: Action): boolean {
  return REPEATABLE_PARENTS.includes(parentOf(action)?.kind ?? '');
}

function launchedStage(
  launch: LaunchFacts,
  status: DeepReadonly<AgentActionStatus> | undefined,
  { jobs, pods, isComplete }: Made,
): Stage {
  const job = jobs.find(({ metadata }) => metadata.name === launch.job);
  const wasLaunched = findCondition(status?.conditions, CONDITIONS.scheduled)?.status === 'True';
  if (job === undefined) return { kind: wasLaunched ? 'Missing' : 'Recorded', launch };
  if (hasEnded(job, pods)) return { kind: 'Ended', launch, job };
  const pod = newestPod(job, pods);
  const isUnderWay = wasLaunched || isComplete(job) || !isGated(job) || (pod !== undefined && hasStarted(pod));
  return isUnderWay ? { kind: 'Active', launch, job } : { kind: 'Recorded', launch };
}

/** A new generation or retry of the AgentAction is none of the run that was lost. */
function lostBefore(action: Action, { generation, retry }: RunIdentity): { lost?: LostRun } {
  const lost = generation === 1 && retry === '' ? lostRunOf(action) : undefined;
  return lost === undefined ? {} : { lost };
}

/** Whether the Job waits for a Secret that is created after it; those of the Go operator do not. */
export function isGated({ metadata }: StoredJob): boolean {
  return metadata.annotations?.[LAUNCH_ANNOTATION] !== undefined;
}

/** The Go operator writes a phase, and neither a verdict nor a Ready condition. */
function inheritedStage(action: Action, job: StoredJob | undefined): Stage | undefined {
  const { phase, verdict, conditions, observedGeneration } = action.status ?? {};
  if (phase === undefined || verdict !== undefined || observedGeneration !== action.metadata.generation)
    return undefined;
  if (phase === 'Succeeded' || phase === 'Failed') return { kind: 'Inherited', phase };
  if (findCondition(conditions, 'Ready') !== undefined) return undefined;
  return job === undefined && !isRepeatable(action) ? { kind: 'Lost' } : undefined;
}

/** Whether the labels of a Job or Pod say that it was made for this run. */
export function isMadeFor({ metadata }: StoredJob | StoredPod, run: RunIdentity): boolean {
  const { labels = {} } = metadata;
  return (
    labels[LABELS.resourceGeneration] === String(run.generation) &&
    (labels[LABELS.retry] ?? '') === retryLabel(run.retry)
  );
}
