import type { Pod, PodStatus } from '../../runtime/client/index.js';

/** What becomes of a Pod: what a kubelet and a scheduler would have written into its status. */
export type Play =
  | {
      readonly ends: 'Succeeded' | 'Failed';
      readonly exitCode: number;
      readonly reason: string;
      readonly log: string;
      /** What stays in the state store where records are played; by default everything that Porter would write. */
      readonly record?: 'nothing' | 'running';
    }
  | { readonly stuck: 'Waiting'; readonly reason: string; readonly message: string }
  | { readonly stuck: 'Unschedulable'; readonly message: string };

export function succeeds(): Play {
  return { ends: 'Succeeded', exitCode: 0, reason: 'Completed', log: '' };
}

/** `log` is what `kubectl logs` shows. */
export function fails(log: string, exitCode = 1): Play {
  return { ends: 'Failed', exitCode, reason: 'Error', log };
}

/** The agent ends before it has recorded a run: wrong document, no such bundle, no such credential set. */
export function failsBeforeTheRun(log: string): Play {
  return { ends: 'Failed', exitCode: 1, reason: 'Error', log, record: 'nothing' };
}

/** The agent is killed in mid-run: the record says `running` for ever. */
export function isKilledInMidRun(): Play {
  return { ends: 'Failed', exitCode: 137, reason: 'Error', log: '', record: 'running' };
}

export function runsOutOfMemory(): Play {
  return { ends: 'Failed', exitCode: 137, reason: 'OOMKilled', log: '', record: 'running' };
}

export function cannotPullImage(image: string): Play {
  return { stuck: 'Waiting', reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` };
}

/** A Secret or key that a container needs is missing. */
export function cannotBeConfigured(message: string): Play {
  return { stuck: 'Waiting', reason: 'CreateContainerConfigError', message };
}

export function fitsNowhere(): Play {
  return { stuck: 'Unschedulable', message: '0/3 nodes are available: 3 Insufficient cpu.' };
}

type ContainerState = NonNullable<NonNullable<PodStatus['containerStatuses']>[number]['state']>;

const AGENT_CONTAINER = 'porter-agent';

export function runningStatus(pod: Pod): PodStatus {
  const startedAt = timestamp();
  return {
    phase: 'Running',
    startTime: startedAt,
    conditions: [condition('PodScheduled', 'True'), condition('Ready', 'True')],
    initContainerStatuses: containerStatuses(pod.spec?.initContainers, () => completed(startedAt)),
    containerStatuses: containerStatuses(pod.spec?.containers, () => ({ running: { startedAt } })),
  };
}

/** The status of a Pod that goes as the play says; `startedAt` is RFC 3339. */
export function statusOf(play: Play, pod: Pod, startedAt = timestamp()): PodStatus {
  if ('ends' in play) return endedStatus(play, pod, startedAt);
  if (play.stuck === 'Unschedulable') {
    const refused = { ...condition('PodScheduled', 'False'), reason: 'Unschedulable', message: play.message };
    return { phase: 'Pending', conditions: [refused] };
  }
  const { reason, message } = play;
  return {
    phase: 'Pending',
    startTime: startedAt,
    conditions: [condition('PodScheduled', 'True'), condition('Ready', 'False')],
    initContainerStatuses: containerStatuses(pod.spec?.initContainers, () => completed(startedAt)),
    containerStatuses: containerStatuses(pod.spec?.containers, () => ({ waiting: { reason, message } })),
  };
}

function endedStatus(play: Extract<Play, { ends: string }>, pod: Pod, startedAt: string): PodStatus {
  const { exitCode, reason } = play;
  const main = pod.spec?.containers.find(({ name }) => name === AGENT_CONTAINER) ?? pod.spec?.containers[0];
  return {
    phase: play.ends,
    startTime: startedAt,
    conditions: [condition('PodScheduled', 'True'), condition('Ready', 'False')],
    initContainerStatuses: containerStatuses(pod.spec?.initContainers, () => completed(startedAt)),
    containerStatuses: containerStatuses(pod.spec?.containers, (name) =>
      name === main?.name
        ? { terminated: { exitCode, reason, startedAt, finishedAt: timestamp() } }
        : completed(startedAt),
    ),
  };
}

function containerStatuses(
  containers: readonly { name: string; image?: string }[] | undefined,
  stateOf: (name: string) => ContainerState,
): PodStatus['containerStatuses'] {
  return containers?.map(({ name, image }) => {
    const state = stateOf(name);
    const ready = state.running !== undefined;
    return { name, image: image ?? '', imageID: '', ready, started: ready, restartCount: 0, state };
  });
}

function completed(startedAt: string): ContainerState {
  return { terminated: { exitCode: 0, reason: 'Completed', startedAt, finishedAt: timestamp() } };
}

function condition(type: string, status: 'True' | 'False') {
  return { type, status, lastTransitionTime: timestamp() };
}

function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
