import type { Explanation } from '../../../runtime/status/index.js';
import type { StoredPod } from './agent-exit.js';
import { isLive, newestPod } from './agent-exit.js';
import type { StoredJob } from './launch-facts.js';

/** What the Job controller was told when it wanted to create a Job's Pod. */
export interface Refusal {
  /** Name of the Job. */
  readonly job: string;
  readonly message: string;
}

/** A Job has its Pod within a second or two; then somebody refuses it. */
const POD_EXPECTED_MS = 5_000;
/** Nobody tells when a Pod that was refused would be taken. */
const REFUSAL_RECHECK_MS = 10_000;

/** Whether the Job's Pod should have been there by now. */
export function isPodLate(job: StoredJob, pods: readonly StoredPod[], now: number): boolean {
  const dueInMs = podDueInMs(job, pods, now);
  return dueInMs !== undefined && dueInMs <= 0;
}

/** Milliseconds after which to ask for the Job's Pod (again); undefined when there is one, or none is expected. */
export function podRecheckMs(job: StoredJob, pods: readonly StoredPod[], now: number): number | undefined {
  const dueInMs = podDueInMs(job, pods, now);
  if (dueInMs === undefined) return undefined;
  return dueInMs > 0 ? Math.min(dueInMs, POD_EXPECTED_MS) : REFUSAL_RECHECK_MS;
}

export function refusalText({ job, message }: Refusal): Explanation {
  return { reason: 'PodRefused', message: `The cluster refuses the Pod of Job ${job}: ${message}` };
}

/** A suspended Job, which is how the built-in agent claims a run, has no Pod until it begins. */
function podDueInMs(job: StoredJob, pods: readonly StoredPod[], now: number): number | undefined {
  const { spec, status, metadata } = job;
  if (spec?.suspend === true || !isLive(job) || newestPod(job, pods) !== undefined) return undefined;
  return Date.parse(status?.startTime ?? metadata.creationTimestamp) + POD_EXPECTED_MS - now;
}
