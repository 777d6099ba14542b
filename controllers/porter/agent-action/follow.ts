import type { Explanation } from '../../../runtime/status/index.js';
import { findCondition } from '../../../runtime/status/index.js';
import { AGENT_CONTAINER } from '../../agent-run/job/agent-job.js';
import type { StoredPod } from './agent-exit.js';
import { newestPod } from './agent-exit.js';
import type { LaunchFacts, StoredJob } from './launch-facts.js';
import { podRecheckMs, refusalText } from './missing-pods.js';
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
/** Reasons that do not say that anything is in the way. */
const PROGRESS: ReadonlySet<string> = new Set(['AgentPending', 'AgentRunning']);
const OUTLIVES: Explanation = { reason: 'AgentRunning', message: 'The agent has ended, and its bundle still runs.' };

/** What is said from the launch on until there is something better to say. */
export function pending({ job }: Pick<LaunchFacts, 'job'>): Explanation {
  return { reason: 'AgentPending', message: `Job ${job} is launched and waits for its Pod.` };
}

/** Pure. */
export function follow(snapshot: ActionSnapshot, { job, launch }: Stage & { kind: 'Active' }): Progress {
  const { pods, now } = snapshot;
  const pod = newestPod(job, pods);
  const since = pod === undefined ? undefined : runningSince(pod);
  const phase = since === undefined ? 'Pending' : 'Running';
  const { explanation, afterMs } = obstacle(snapshot, [job, ...snapshot.bundleJobs]);
  if (explanation !== undefined) return { phase, explanation, afterMs };
  if (pod === undefined || since === undefined) return { phase, explanation: pending(launch), afterMs };
  const quietMs = since + RUNNING_AFTER_MS - now;
  if (quietMs > 0) return { ...heldBack(snapshot, launch), afterMs: Math.min(quietMs, RUNNING_AFTER_MS) };
  return { phase, explanation: running(pod), afterMs };
}

/** Pure: how a bundle gets on that outlives its agent. */
export function followBundle(snapshot: ActionSnapshot): Progress {
  const { explanation = OUTLIVES, afterMs } = obstacle(snapshot, snapshot.bundleJobs);
  return { phase: 'Running', explanation, afterMs };
}

/** What keeps agent or bundle from running, and when to look whether something does. */
function obstacle(snapshot: ActionSnapshot, jobs: readonly StoredJob[]): Partial<Progress> {
  const { pods, now, refusal } = snapshot;
  const problem = firstProblem(snapshot);
  if (problem?.dueInMs === 0) return { explanation: problemText(problem) };
  const explanation = refusal && refusalText(refusal);
  const dues = [problem?.dueInMs, ...jobs.map((job) => podRecheckMs(job, pods, now))];
  const afterMs = Math.min(...dues.filter((due) => due !== undefined));
  return { explanation, afterMs: Number.isFinite(afterMs) ? afterMs : undefined };
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
