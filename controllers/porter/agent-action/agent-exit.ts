import type { DeepReadonly, Job, Pod, Stored } from '../../../runtime/client/index.js';
import { isOwnedBy } from '../../../runtime/client/index.js';
import { AGENT_CONTAINER, DISRUPTED } from '../../agent-run/job/agent-job.js';

export type StoredPod = DeepReadonly<Stored<Pod>>;
type StoredJob = DeepReadonly<Stored<Job>>;

/** How an agent ended, as its Pod and Job tell. */
export interface AgentExit {
  readonly succeeded: boolean;
  /** Exit code of the agent's container, if it ran and its Pod is still there. */
  readonly code?: number;
  /** What ended it from outside (`DeadlineExceeded`, `OOMKilled`, `Evicted`, …). */
  readonly reason?: string;
  readonly message?: string;
  /** What the agent's container left as termination message; not free of secrets. */
  readonly lastWords?: string;
  /** RFC 3339. */
  readonly finishedAt?: string;
  /** The Pod, and in it the container, whose log tells more. */
  readonly pod?: string;
  readonly container?: string;
}

/**
 * A Job has ended as soon as its Pod has, its own condition follows a second later; unless it tries again after a
 * failure, as the Go operator's Jobs do. A Pod that is being deleted says nothing yet, since the Job may still tell why.
 */
export function hasEnded(job: StoredJob, pods: readonly StoredPod[]): boolean {
  return jobEnd(job) !== undefined || endedPod(job, pods) !== undefined;
}

/** Whether a Job may still do something; the built-in agent claims a run by a Job that it starts later, or never. */
export function isLive(job: StoredJob): boolean {
  return jobEnd(job) === undefined && job.spec?.suspend !== true;
}

/** Whether a Pod may still do something, as one does that is being deleted. */
export function isAtWork({ status }: StoredPod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/** Whether anything of the Pod has run, for which all its volumes had to be there. */
export function hasStarted({ status = {} }: StoredPod): boolean {
  const { phase = 'Pending', initContainerStatuses = [], containerStatuses = [] } = status;
  const states = [...initContainerStatuses, ...containerStatuses].flatMap(({ state, lastState }) => [state, lastState]);
  return phase !== 'Pending' || states.some((state) => (state?.running ?? state?.terminated) !== undefined);
}

/** How the agent of an ended Job ended. */
export function exitOf(job: StoredJob, pods: readonly StoredPod[]): AgentExit {
  const end = jobEnd(job);
  const pod = endedPod(job, pods) ?? newestPod(job, pods);
  const succeeded = end === undefined ? pod?.status?.phase === 'Succeeded' : end.type === 'Complete';
  const outcome = { succeeded, ...podExit(pod) };
  const finishedAt = outcome.finishedAt ?? end?.lastTransitionTime;
  const forced = end?.reason === 'DeadlineExceeded' ? { reason: end.reason, message: end.message } : {};
  return { ...outcome, finishedAt, ...forced };
}

/** The Job's newest Pod. */
export function newestPod({ metadata }: StoredJob, pods: readonly StoredPod[]): StoredPod | undefined {
  return pods
    .filter((pod) => isOwnedBy(pod, metadata.uid))
    .toSorted((a, b) => Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp))[0];
}

function jobEnd(job: StoredJob) {
  return job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

function endedPod(job: StoredJob, pods: readonly StoredPod[]): StoredPod | undefined {
  const pod = newestPod(job, pods);
  const phase = pod?.status?.phase;
  const isFinal = phase === 'Succeeded' || (phase === 'Failed' && job.spec?.backoffLimit === 0);
  if (pod !== undefined && isReplaced(job, pod)) return undefined;
  return isFinal && pod?.metadata.deletionTimestamp === undefined ? pod : undefined;
}

/** Such a Pod's end is none of its Job, which starts another one. */
function isReplaced({ spec }: StoredJob, { status }: StoredPod): boolean {
  if (spec?.podFailurePolicy === undefined || status?.phase !== 'Failed') return false;
  return status.conditions?.some(({ type, status: value }) => type === DISRUPTED && value === 'True') ?? false;
}

function podExit(pod: StoredPod | undefined): Omit<AgentExit, 'succeeded'> {
  if (pod === undefined) return {};
  const { containerStatuses = [], initContainerStatuses = [], reason, message } = pod.status ?? {};
  const agent = containerStatuses.find(({ name }) => name === AGENT_CONTAINER)?.state?.terminated;
  const failedInit = initContainerStatuses.find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
  return {
    code: agent?.exitCode,
    reason: reason ?? (agent?.reason === 'OOMKilled' ? 'OOMKilled' : undefined),
    message,
    lastWords: agent?.message,
    finishedAt: agent?.finishedAt,
    pod: pod.metadata.name,
    container: agent === undefined && failedInit !== undefined ? failedInit.name : AGENT_CONTAINER,
  };
}
