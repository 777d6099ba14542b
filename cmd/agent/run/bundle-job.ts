import type { V1Container, V1EnvVar, V1SecurityContext, V1VolumeMount } from '@kubernetes/client-node';
import { LISTENING_PROBE } from '../../../controllers/agent-run/job/side-program.js';
import { OUTPUTS_FOLDER } from '../../../integrations/porter/index.js';
import type { Job, Pod } from '../../../runtime/client/index.js';
import type { AgentOptions } from '../options.js';
import { SEAL_KEY, type InputsData } from './inputs-secret.js';
import { ANNOTATIONS, DRIVER_LABEL, installationText, type RunIds } from './run-claim.js';

/** The container that is the bundle, and the one that hands on its outputs. */
export const INVOCATION_CONTAINER = 'invocation';
export const OUTPUTS_CONTAINER = 'outputs';
/** Where the side containers find things. */
export const SIDE_FOLDERS = {
  packed: '/porterops/packed',
  inputs: '/porterops/inputs',
  seal: '/porterops/seal',
} as const;

const SIDE_COMMAND = ['/app/node', '/app/agent.js'];
/** Porter's bundles are made for this user and group. */
const USER = 65532;
const GROUP = 0;
const GRACE_SECONDS = 30;
const CONFINED: V1SecurityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const SIDE_RESOURCES = { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } };

type PodSpec = NonNullable<Pod['spec']>;

/** Which bundle is to run, and as what. */
export interface BundleJobRequest {
  readonly name: string;
  readonly ids: RunIds;
  readonly installation: { readonly namespace: string; readonly name: string };
  readonly action: string;
  /** Pull specification by digest. */
  readonly image: string;
  readonly inputs: InputsData;
  /** Name of the Secret with the inputs. */
  readonly inputsSecret: string;
  /** Name of the Secret with the registry logins. */
  readonly pullSecret?: string;
  readonly deadlineSeconds: number;
}

/**
 * The Job that runs a bundle once, under the restricted Pod Security Standard. It is created suspended: that claims the
 * run. Its Pod gets no token unless an account was configured for it.
 */
export function bundleJob(request: BundleJobRequest, options: AgentOptions): Job {
  const { name, ids, installation, action, deadlineSeconds } = request;
  const labels = { ...options.labels, ...DRIVER_LABEL };
  return {
    metadata: {
      name,
      namespace: options.namespace,
      labels,
      annotations: {
        [ANNOTATIONS.action]: action,
        [ANNOTATIONS.installation]: installationText(installation),
        [ANNOTATIONS.revision]: ids.revision,
        [ANNOTATIONS.run]: ids.run,
        [ANNOTATIONS.agentJob]: options.jobName,
      },
      ownerReferences: ownerOf(options),
    },
    spec: {
      suspend: true,
      completions: 1,
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      activeDeadlineSeconds: deadlineSeconds,
      template: { metadata: { labels }, spec: podSpec(request, options) },
    },
  };
}

/** Goes with the action that it belongs to; deleting the action therefore ends its run. */
function ownerOf({ agentAction }: AgentOptions): Job['metadata']['ownerReferences'] {
  return agentAction && [{ apiVersion: 'getporter.org/v1', kind: 'AgentAction', ...agentAction }];
}

function podSpec(request: BundleJobRequest, options: AgentOptions): PodSpec {
  const { serviceAccount } = options;
  return {
    restartPolicy: 'Never',
    ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
    automountServiceAccountToken: serviceAccount !== undefined,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    activeDeadlineSeconds: request.deadlineSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: GROUP,
      fsGroup: GROUP,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(request.pullSecret !== undefined && { imagePullSecrets: [{ name: request.pullSecret }] }),
    initContainers: [sideContainer('inputs', options), sideContainer('outputs', options)],
    containers: [invocation(request)],
    volumes: volumes(request),
  };
}

function invocation({ image, inputs, inputsSecret }: BundleJobRequest): V1Container {
  const fromSecret = ([name, key]: [string, string]): V1EnvVar => ({
    name,
    valueFrom: { secretKeyRef: { name: inputsSecret, key } },
  });
  const fromFolder = ([mountPath, subPath]: [string, string]): V1VolumeMount => ({
    name: 'inputs',
    mountPath,
    subPath,
  });
  return {
    name: INVOCATION_CONTAINER,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/cnab/app/run'],
    env: [...inputs.env].map(fromSecret),
    securityContext: CONFINED,
    volumeMounts: [{ name: 'outputs', mountPath: OUTPUTS_FOLDER }, ...[...inputs.files].map(fromFolder)],
  };
}

/** `inputs` lays out files that the bundle may change; `outputs` stays beside the bundle and speaks when it has ended. */
function sideContainer(program: 'inputs' | 'outputs', options: AgentOptions): V1Container {
  const mounts: Record<typeof program, V1VolumeMount[]> = {
    inputs: [
      { name: 'packed', mountPath: SIDE_FOLDERS.packed, readOnly: true },
      { name: 'inputs', mountPath: SIDE_FOLDERS.inputs },
    ],
    outputs: [
      { name: 'seal', mountPath: SIDE_FOLDERS.seal, readOnly: true },
      { name: 'outputs', mountPath: OUTPUTS_FOLDER, readOnly: true },
    ],
  };
  return {
    name: program === 'outputs' ? OUTPUTS_CONTAINER : program,
    image: options.image,
    imagePullPolicy: 'IfNotPresent',
    command: SIDE_COMMAND,
    args: [program],
    ...(program === 'outputs' && { restartPolicy: 'Always', startupProbe: LISTENING_PROBE }),
    resources: SIDE_RESOURCES,
    securityContext: { ...CONFINED, readOnlyRootFilesystem: true },
    volumeMounts: mounts[program],
  };
}

function volumes({ inputs, inputsSecret }: BundleJobRequest): PodSpec['volumes'] {
  const items = [...inputs.files.values()].map((key) => ({ key, path: key }));
  return [
    { name: 'packed', secret: { secretName: inputsSecret, items } },
    { name: 'inputs', emptyDir: { medium: 'Memory' } },
    { name: 'outputs', emptyDir: {} },
    { name: 'seal', secret: { secretName: inputsSecret, items: [{ key: SEAL_KEY, path: SEAL_KEY }] } },
  ];
}
