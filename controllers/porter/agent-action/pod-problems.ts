import type { ContainerStatus, CoreEvent, DeepReadonly } from '../../../runtime/client/index.js';
import type { Explanation } from '../../../runtime/status/index.js';
import type { StoredPod } from './agent-exit.js';
import { hasStarted } from './agent-exit.js';

/** Why a Pod does not start, and whether that is certain yet. */
export interface PodProblem extends Explanation {
  /** Milliseconds after which it is told; a Pod that only waits for its volume is unschedulable for a moment. */
  readonly dueInMs: number;
}

const UNSCHEDULABLE_GRACE_MS = 5_000;
/** Volumes are there within a second or two; then something keeps them away, which only events tell. */
const MOUNT_GRACE_MS = 10_000;
const MOUNT_RECHECK_MS = 10_000;
const PULL_REASONS: ReadonlySet<string> = new Set([
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
]);
const CONFIG_REASONS: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PreCreateHookError',
]);

/** Reasons of the kubelet's events about volumes that it waits for, and of what it does when they are there. */
const MOUNT_REASONS: ReadonlySet<string> = new Set(['FailedMount', 'FailedAttachVolume']);
const MOUNTED_REASONS: ReadonlySet<string> = new Set(['Pulling', 'Pulled', 'Created', 'Started']);

/** What the kubelet says of volumes that it cannot mount. */
export interface MountFailure {
  readonly pod: string;
  readonly message: string;
}

/** The first thing that keeps the Pod from running; `now` in epoch milliseconds. */
export function podProblem(pod: StoredPod, now: number, mountFailure?: MountFailure): PodProblem | undefined {
  return schedulingProblem(pod, now) ?? containerProblem(pod) ?? mountProblem(pod, now, mountFailure);
}

/** Whether the Pod has had a node for so long, and none of its containers has begun, that its events must tell why. */
export function isLateOnNode(pod: StoredPod, now: number): boolean {
  return mountsDueInMs(pod, now) === 0 && containerProblem(pod) === undefined;
}

/** What the events of a Pod say of its volumes; nothing once an image was asked for, which comes after them. */
export function mountFailureIn(events: readonly Pick<CoreEvent, 'reason' | 'message'>[]): string | undefined {
  if (events.some(({ reason = '' }) => MOUNTED_REASONS.has(reason))) return undefined;
  return events.findLast(({ reason = '' }) => MOUNT_REASONS.has(reason))?.message;
}

/** Undefined when the Pod does not wait for its volumes. */
function mountsDueInMs(pod: StoredPod, now: number): number | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'True' || hasStarted(pod)) return undefined;
  const since = Date.parse(scheduled.lastTransitionTime ?? pod.metadata.creationTimestamp);
  return Math.max(0, since + MOUNT_GRACE_MS - now);
}

function mountProblem(pod: StoredPod, now: number, failure: MountFailure | undefined): PodProblem | undefined {
  const dueInMs = mountsDueInMs(pod, now);
  if (dueInMs === undefined) return undefined;
  const reason = 'PodConfigInvalid';
  const { name } = pod.metadata;
  if (dueInMs > 0 || failure?.pod !== name) return { reason, message: '', dueInMs: dueInMs || MOUNT_RECHECK_MS };
  return { reason, message: `Pod ${name} waits for its volumes: ${failure.message}`, dueInMs: 0 };
}

function schedulingProblem({ metadata, status }: StoredPod, now: number): PodProblem | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  const since = Date.parse(scheduled.lastTransitionTime ?? metadata.creationTimestamp);
  return {
    reason: 'Unschedulable',
    message: `No node takes Pod ${metadata.name}: ${scheduled.message ?? 'the scheduler does not say why'}`,
    dueInMs: Math.max(0, since + UNSCHEDULABLE_GRACE_MS - now),
  };
}

function containerProblem({ metadata, status }: StoredPod): PodProblem | undefined {
  for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const problem = waitingProblem(metadata.name, container);
    if (problem !== undefined) return { ...problem, dueInMs: 0 };
  }
  return undefined;
}

function waitingProblem(pod: string, { name, image, state }: DeepReadonly<ContainerStatus>): Explanation | undefined {
  const { reason = '', message = reason } = state?.waiting ?? {};
  if (PULL_REASONS.has(reason)) {
    const detail = message.replace(/^Back-off pulling image "[^"]*"(: ErrImagePull: )?/, '');
    const because = detail === '' ? '' : `: ${detail}`;
    return { reason: 'ImagePullFailed', message: `Image ${image} of Pod ${pod} cannot be pulled${because}` };
  }
  if (!CONFIG_REASONS.has(reason)) return undefined;
  return { reason: 'PodConfigInvalid', message: `Container ${name} of Pod ${pod} cannot be started: ${message}` };
}
