import type { Explanation } from '../../../runtime/status/index.js';
import { findCondition } from '../../../runtime/status/index.js';
import { AGENT_CONTAINER } from '../../agent-run/job/agent-job.js';
import type { StoredPod } from './agent-exit.js';
import { newestPod } from './agent-exit.js';
import type { LaunchFacts } from './launch-facts.js';
import { podProblem } from './pod-problems.js';
import type { ActionSnapshot } from './snapshot.js';
import type { Stage } from './stage.js';

/** How a Job gets on. */
export interface Progress {
  readonly phase: 'Pending' | 'Running';
  readonly explanation: Explanation;
  /** Milliseconds after which to look again although nothing may have happened. */
  readonly afterMs?: number;
}

/** A run that ends sooner is never told to be running: its end says it all. */
const RUNNING_AFTER_MS = 2_000;
/** A Job has its Pod within a second or two; then somebody refuses it. */
export const POD_EXPECTED_MS = 5_000;
const REFUSAL_RECHECK_MS = 10_000;
/** Reasons that do not say that anything is in the way. */
const PROGRESS: ReadonlySet<string> = new Set(['AgentPending', 'AgentRunning']);

/** What is said from the launch on until there is something better to say. */
export function pending({ job }: Pick<LaunchFacts, 'job'>): Explanation {
  return { reason: 'AgentPending', message: `Job ${job} is launched and waits for its Pod.` };
}

/** Pure. */
export function follow(snapshot: ActionSnapshot, { job, launch }: Stage & { kind: 'Active' }): Progress {
  const { pods, now, refusal } = snapshot;
  const pod = newestPod(job, pods);
  if (pod === undefined) return withoutPod(launch, Date.parse(job.metadata.creationTimestamp) - now, refusal);
  const since = runningSince(pod);
  const problem = firstProblem(snapshot);
  const phase = since === undefined ? 'Pending' : 'Running';
  if (problem?.dueInMs === 0) return { phase, explanation: problemText(problem) };
  if (since === undefined) return { phase, explanation: pending(launch), ...(problem && { afterMs: problem.dueInMs }) };
  const quietMs = since + RUNNING_AFTER_MS - now;
  if (quietMs > 0) return { ...heldBack(snapshot, launch), afterMs: Math.min(quietMs, RUNNING_AFTER_MS) };
  return { phase, explanation: running(pod), ...(problem && { afterMs: problem.dueInMs }) };
}

function withoutPod(launch: LaunchFacts, negativeAgeMs: number, refusal: string | undefined): Progress {
  if (refusal !== undefined) {
    const message = `The cluster refuses the Pod of Job ${launch.job}: ${refusal}`;
    return { phase: 'Pending', explanation: { reason: 'PodRefused', message }, afterMs: REFUSAL_RECHECK_MS };
  }
  const dueInMs = Math.min(POD_EXPECTED_MS, negativeAgeMs + POD_EXPECTED_MS);
  return { phase: 'Pending', explanation: pending(launch), afterMs: dueInMs > 0 ? dueInMs : REFUSAL_RECHECK_MS };
}

/** What is written of this run stays for now: one that just began may be over in a moment. What blocked it has passed. */
function heldBack({ object }: ActionSnapshot, launch: LaunchFacts): Progress {
  const ready = findCondition(object.status?.conditions, 'Ready');
  const isRunning = object.status?.phase === 'Running';
  const isProgress = ready !== undefined && PROGRESS.has(ready.reason);
  const explanation = isProgress ? { reason: ready.reason, message: ready.message } : pending(launch);
  return { phase: isRunning ? 'Running' : 'Pending', explanation };
}

function running({ metadata }: StoredPod): Explanation {
  return { reason: 'AgentRunning', message: `The agent runs in Pod ${metadata.name}.` };
}

function runningSince({ status, metadata }: StoredPod): number | undefined {
  const state = status?.containerStatuses?.find(({ name }) => name === AGENT_CONTAINER)?.state;
  const startedAt = state?.running?.startedAt ?? state?.terminated?.startedAt;
  if (startedAt !== undefined) return Date.parse(startedAt);
  return status?.phase === 'Running' ? Date.parse(status.startTime ?? metadata.creationTimestamp) : undefined;
}

/** Of agent and bundle alike; one that is certain goes before one that may pass. */
function firstProblem({ pods, now, mountFailure }: ActionSnapshot) {
  return pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .flatMap((pod) => podProblem(pod, now, mountFailure) ?? [])
    .toSorted((a, b) => a.dueInMs - b.dueInMs)[0];
}

function problemText({ reason, message }: Explanation): Explanation {
  return { reason, message };
}
