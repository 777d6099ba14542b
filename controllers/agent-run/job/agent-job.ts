import type { V1Container, V1ResourceRequirements, V1SecurityContext } from '@kubernetes/client-node';
import { JOB_TYPES, LABELS, WELL_KNOWN_NAMES } from '../../../api/porter/v1/well-known.js';
import type { Job } from '../../../runtime/client/index.js';
import { agentEnvironment, secretsEnvironment } from './agent-environment.js';
import type { AgentRun, PodSpec } from './agent-run.js';
import { MOUNTS, agentMounts, agentVolumes, secretsMounts } from './agent-volumes.js';
import { LISTENING_PROBE } from './side-program.js';

/** The container whose exit code is the agent's. */
export const AGENT_CONTAINER = 'porter-agent';

/** Condition of a Pod that the cluster, and nothing in it, has ended. */
export const DISRUPTED = 'DisruptionTarget';

/** How the built-in agent is started from the operator's image. */
const BUILT_IN_COMMAND = ['/app/node', '/app/agent.js'];
/** Porter's first SIGTERM lets a run end in order, and what it made is kept after that. */
const GRACE_SECONDS = 60;
/** Porter's agent image is made for this user and group. */
const USER = 65532;
const GROUP = 0;
const CONFINED: V1SecurityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const SIDE_RESOURCES: V1ResourceRequirements = {
  requests: { cpu: '10m', memory: '32Mi' },
  limits: { memory: '128Mi' },
};

/** The built-in agent goes on with what a Pod began that was evicted or drained; Porter's own would run it again. */
const UNLESS_DISRUPTED: NonNullable<Job['spec']>['podFailurePolicy'] = {
  rules: [{ action: 'Ignore', onPodConditions: [{ type: DISRUPTED, status: 'True' }] }],
};

/**
 * The Job that runs an agent once: never twice by itself after a failure, never for longer than its deadline, under the
 * restricted Pod Security Standard. It has no TTL; it gets one when its result is recorded.
 */
export function agentJob(run: AgentRun): Job {
  const labels = { ...run.labels, [LABELS.jobType]: JOB_TYPES.agent };
  return {
    metadata: {
      name: run.names.job,
      namespace: run.namespace,
      labels,
      annotations: { ...run.annotations },
      ownerReferences: [{ ...run.owner, controller: true }],
    },
    spec: {
      completions: 1,
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      ...(isResumable(run) && { podFailurePolicy: UNLESS_DISRUPTED }),
      activeDeadlineSeconds: run.config.activeDeadlineSeconds,
      template: { metadata: { labels }, spec: podSpec(run) },
    },
  };
}

/** A command of the user's own is nobody's to begin again. */
function isResumable({ config, command }: AgentRun): boolean {
  return config.agent === 'BuiltIn' && command === undefined;
}

function podSpec(run: AgentRun): PodSpec {
  return {
    restartPolicy: 'Never',
    serviceAccountName: run.config.serviceAccount,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: GROUP,
      fsGroup: GROUP,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(run.secrets !== undefined && { initContainers: sideContainers(run) }),
    containers: [agentContainer(run)],
    volumes: agentVolumes(run),
  };
}

function agentContainer(run: AgentRun): V1Container {
  const { config } = run;
  const command = run.command ?? (config.agent === 'BuiltIn' ? BUILT_IN_COMMAND : undefined);
  return {
    name: AGENT_CONTAINER,
    image: config.image,
    imagePullPolicy: config.pullPolicy,
    ...(command !== undefined && { command: [...command] }),
    args: [...(run.args ?? [])],
    workingDir: MOUNTS.workdir,
    env: agentEnvironment(run),
    envFrom: [
      { secretRef: { name: WELL_KNOWN_NAMES.agentEnvSecret, optional: true } },
      ...((run.envFrom ?? []) as NonNullable<V1Container['envFrom']>),
    ],
    resources: config.resources as V1ResourceRequirements,
    securityContext: CONFINED,
    volumeMounts: agentMounts(run),
  };
}

/** First what is known is laid out for the agent, then what it makes is watched and kept. */
function sideContainers(run: AgentRun): V1Container[] {
  return [sideContainer(run, 'restore'), ...(run.secrets?.kept === undefined ? [] : [sideContainer(run, 'keep')])];
}

function sideContainer(run: AgentRun, program: 'restore' | 'keep'): V1Container {
  return {
    name: `secrets-${program}`,
    image: run.operatorImage,
    imagePullPolicy: 'IfNotPresent',
    command: [...BUILT_IN_COMMAND],
    args: ['secrets', program],
    ...(program === 'keep' && { restartPolicy: 'Always', startupProbe: LISTENING_PROBE }),
    env: secretsEnvironment(run),
    resources: SIDE_RESOURCES,
    securityContext: CONFINED,
    volumeMounts: secretsMounts(run),
  };
}
