import type { AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import type { LaunchProblem } from './problem.js';

/** The kinds of volume that the restricted Pod Security Standard allows. */
const ALLOWED_VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** What the operator itself sets (who the bundle runs as, what it is found by), and what makes a program load code. */
const RESERVED_ENV =
  /^(SERVICE_ACCOUNT|KUBE_NAMESPACE|KUBECONFIG|MASTER_URL|IN_CLUSTER|LABELS|AFFINITY_MATCH_LABELS|JOB_VOLUME_(NAME|PATH)|CLEANUP_JOBS|POD_NAME|PORTER_(HOME|CONFIG)|PORTEROPS_.*|KUBERNETES_.*|LD_.*|NODE_(OPTIONS|PATH)|PATH)$/;

/** What an author may not ask for, however the API server let it pass; the message names the field. */
export function specProblem(spec: DeepReadonly<AgentActionSpec>): LaunchProblem | undefined {
  return volumeProblem(spec) ?? environmentProblem(spec);
}

function volumeProblem({ volumes = [] }: DeepReadonly<AgentActionSpec>): LaunchProblem | undefined {
  for (const [index, volume] of volumes.entries()) {
    const source = Object.keys(volume).find((field) => field !== 'name' && !ALLOWED_VOLUMES.has(field));
    if (source !== undefined) {
      const allowed = [...ALLOWED_VOLUMES].join(', ');
      return refused(`spec.volumes[${index}].${source} is not allowed for agents: use one of ${allowed}`);
    }
  }
  return undefined;
}

function environmentProblem({ env = [] }: DeepReadonly<AgentActionSpec>): LaunchProblem | undefined {
  const index = env.findIndex(({ name }) => RESERVED_ENV.test(name));
  if (index < 0) return undefined;
  return refused(
    `spec.env[${index}].name: ${env[index]?.name ?? ''} is set by the operator or changes what code runs: remove it`,
  );
}

function refused(message: string): LaunchProblem {
  return { reason: 'InvalidSpec', message, permanent: true };
}
