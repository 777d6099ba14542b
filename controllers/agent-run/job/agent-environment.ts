import type { V1EnvVar } from '@kubernetes/client-node';
import { JOB_TYPES, LABELS } from '../../../api/porter/v1/well-known.js';
import type { AgentRun } from './agent-run.js';
import { MOUNTS, SHARED_VOLUME } from './agent-volumes.js';

/** Labels by which the bundle's Pod finds the agent's, to share its node and volume; the order is upstream's. */
const AFFINITY_LABELS = [LABELS.resourceKind, LABELS.resourceName, LABELS.resourceGeneration, LABELS.retry];

/** The agent's environment: what Porter's Kubernetes driver reads, in upstream's order, and then what ours adds. */
export function agentEnvironment(run: AgentRun): V1EnvVar[] {
  return [
    ...(run.config.agent === 'Porter' ? [podName()] : []),
    ...driverEnvironment(run),
    { name: 'PORTER_HOME', value: MOUNTS.home },
    { name: 'PORTER_CONFIG', value: MOUNTS.config },
    ...(run.config.agent === 'BuiltIn' ? builtInEnvironment(run) : []),
    ...((run.env ?? []) as V1EnvVar[]),
  ];
}

/** For the side programs that restore and keep secret values. */
export function secretsEnvironment(run: AgentRun): V1EnvVar[] {
  return [
    { name: 'KUBE_NAMESPACE', value: run.namespace },
    { name: 'PORTER_HOME', value: MOUNTS.home },
    { name: 'LABELS', value: `${LABELS.managed}=true` },
    { name: 'PORTEROPS_VALUES_SECRET', value: run.secrets?.kept ?? '' },
    { name: 'PORTEROPS_PROJECTED_SECRETS', value: MOUNTS.projectedSecrets },
    { name: 'PORTEROPS_KEPT_VALUES', value: MOUNTS.keptValues },
  ];
}

function driverEnvironment({ config, namespace, labels }: AgentRun): V1EnvVar[] {
  const bundleLabels = { ...labels, [LABELS.jobType]: JOB_TYPES.bundle };
  const affinity = AFFINITY_LABELS.map((name) => `${name}=${labels[name] ?? ''}`);
  return [
    { name: 'PORTER_RUNTIME_DRIVER', value: 'kubernetes' },
    { name: 'KUBE_NAMESPACE', value: namespace },
    { name: 'IN_CLUSTER', value: 'true' },
    { name: 'LABELS', value: pairs(bundleLabels).sort().join(' ') },
    ...(config.agent === 'Porter' ? sharedVolumeEnvironment() : []),
    { name: 'CLEANUP_JOBS', value: 'false' },
    { name: 'SERVICE_ACCOUNT', value: config.installationServiceAccount },
    { name: 'AFFINITY_MATCH_LABELS', value: affinity.join(' ') },
  ];
}

/** The claim of a generic ephemeral volume is named `<pod>-<volume>`, and only the Pod knows its own name. */
function sharedVolumeEnvironment(): V1EnvVar[] {
  return [
    { name: 'JOB_VOLUME_NAME', value: `$(POD_NAME)-${SHARED_VOLUME}` },
    { name: 'JOB_VOLUME_PATH', value: MOUNTS.shared },
  ];
}

function builtInEnvironment({ config, names, owner, dockerConfig, secrets }: AgentRun): V1EnvVar[] {
  return [
    { name: 'PORTEROPS_IMAGE', value: config.image },
    { name: 'PORTEROPS_JOB_NAME', value: names.job },
    { name: 'PORTEROPS_AGENT_ACTION', value: owner.name },
    { name: 'PORTEROPS_AGENT_ACTION_UID', value: owner.uid },
    { name: 'PORTEROPS_DEADLINE_SECONDS', value: String(config.activeDeadlineSeconds) },
    { name: 'PORTEROPS_SERVICE_ACCOUNT', value: config.installationServiceAccount },
    ...(secrets?.kept === undefined ? [] : [{ name: 'PORTEROPS_VALUES_SECRET', value: secrets.kept }]),
    ...(dockerConfig === undefined ? [] : [{ name: 'DOCKER_CONFIG', value: `${MOUNTS.pullSecret}/.docker` }]),
  ];
}

function podName(): V1EnvVar {
  return { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
}

function pairs(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`);
}
