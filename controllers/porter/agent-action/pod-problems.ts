import type { ContainerStatus, DeepReadonly } from '../../../runtime/client/index.js';
import type { Explanation } from '../../../runtime/status/index.js';
import type { StoredPod } from './agent-exit.js';

/** Why a Pod does not start, and whether that is certain yet. */
export interface PodProblem extends Explanation {
  /** Milliseconds after which it is told; a Pod that only waits for its volume is unschedulable for a moment. */
  readonly dueInMs: number;
}

const UNSCHEDULABLE_GRACE_MS = 5_000;
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

/** The first thing that keeps the Pod from running; `now` in epoch milliseconds. */
export function podProblem(pod: StoredPod, now: number): PodProblem | undefined {
  return schedulingProblem(pod, now) ?? containerProblem(pod);
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
