import type { ContainerStatus, DeepReadonly, Pod } from '../../../runtime/client/index.js';
import { INVOCATION_CONTAINER } from './bundle-job.js';

/** Why a bundle's Pod does not get on. */
export interface PodProblem {
  readonly reason: string;
  readonly message: string;
  /** Waiting longer is of little use: the image or the Pod's configuration is at fault, not the lack of a node. */
  readonly isFault: boolean;
}

/** How the bundle's Pod ended. */
export interface PodEnd {
  readonly succeeded: boolean;
  readonly message?: string;
}

const FAULTS: readonly string[] = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
];

/** What keeps a Pod from starting; undefined when it runs, has ended, or nothing is known to be wrong. */
export function podProblem(pod: DeepReadonly<Pod>): PodProblem | undefined {
  for (const { state } of containerStatuses(pod)) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    if (FAULTS.includes(reason)) return { reason, message, isFault: true };
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  return { reason: scheduled.reason ?? 'Unschedulable', message: scheduled.message ?? '', isFault: false };
}

/** The end of a Pod whose phase is final; undefined while it is not. */
export function podEnd(pod: DeepReadonly<Pod>): PodEnd | undefined {
  const { phase, reason, message } = pod.status ?? {};
  if (phase === 'Succeeded') return { succeeded: true };
  if (phase !== 'Failed') return undefined;
  const terminated = invocationStatus(pod)?.state?.terminated;
  if (reason !== undefined && reason !== '') {
    return {
      succeeded: false,
      message: `bundle Pod ${pod.metadata.name} failed: ${reason}: ${message ?? ''}`.trimEnd(),
    };
  }
  if (terminated === undefined) return { succeeded: false, message: `bundle Pod ${pod.metadata.name} failed` };
  const why = terminated.reason === undefined || terminated.reason === 'Error' ? '' : ` (${terminated.reason})`;
  return { succeeded: false, message: `bundle Pod ${pod.metadata.name} exited with code ${terminated.exitCode}${why}` };
}

/** Whether the bundle itself was ever started; then it may have had effects. */
export function hasStarted(pod: DeepReadonly<Pod>): boolean {
  const status = invocationStatus(pod);
  return status?.state?.running !== undefined || status?.state?.terminated !== undefined;
}

function invocationStatus(pod: DeepReadonly<Pod>): DeepReadonly<ContainerStatus> | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === INVOCATION_CONTAINER);
}

function containerStatuses(pod: DeepReadonly<Pod>): readonly DeepReadonly<ContainerStatus>[] {
  const { initContainerStatuses = [], containerStatuses: main = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...main] as readonly DeepReadonly<ContainerStatus>[];
}
