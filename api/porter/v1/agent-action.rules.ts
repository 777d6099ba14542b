import type { DeepReadonly, Finding } from '../../../runtime/schema/index.js';
import type { AgentAction, AgentActionSpec } from './agent-action.js';

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

/** Bytes; Linux starts nothing with a variable of 128 KiB or more, name, equals sign and final zero included. */
const MAX_VARIABLE = 131_072;
/** Bytes; with the arguments it must stay below a quarter of the stack, 2 MiB on most nodes. */
const MAX_ENVIRONMENT = 512 * 1024;

/** Bytes; a Secret holds 1 MiB, and the operator's own files come on top. */
const MAX_FILES = 900 * 1024;

/** What an author may not ask for, also where an older definition let it pass. */
export function agentActionProblems(spec: DeepReadonly<AgentActionSpec>): Finding[] {
  return [
    ...volumeProblems(spec),
    ...environmentProblems(spec),
    ...environmentSizeProblems(spec),
    ...fileProblems(spec),
  ];
}

/** What an AgentAction hardly means. */
export function agentActionWarnings({ spec }: DeepReadonly<AgentAction>): Finding[] {
  if (spec.args?.[0] !== 'porter') return [];
  return [{ path: ['spec', 'args', 0], text: 'is porter, which is what runs anyway: begin with its first argument' }];
}

function volumeProblems({ volumes = [] }: DeepReadonly<AgentActionSpec>): Finding[] {
  const allowed = [...ALLOWED_VOLUMES].join(', ');
  return volumes.flatMap((volume, index) => {
    const sources = Object.keys(volume).filter((field) => field !== 'name' && !ALLOWED_VOLUMES.has(field));
    const text = `is not allowed for agents: use one of ${allowed}`;
    return sources.map((source) => ({ path: ['spec', 'volumes', index, source], text }));
  });
}

function environmentProblems({ env = [] }: DeepReadonly<AgentActionSpec>): Finding[] {
  return env.flatMap(({ name }, index) => {
    if (!RESERVED_ENV.test(name)) return [];
    const text = `is ${name}, which the operator sets or which changes what code runs: remove it`;
    return [{ path: ['spec', 'env', index, 'name'], text }];
  });
}

function environmentSizeProblems({ env = [] }: DeepReadonly<AgentActionSpec>): Finding[] {
  const sizes = env.map(({ name, value = '' }) => Buffer.byteLength(name) + Buffer.byteLength(value) + 2);
  const large = sizes.flatMap((size, index): Finding[] => {
    if (size <= MAX_VARIABLE) return [];
    const text = `is ${size} bytes with its name, more than ${MAX_VARIABLE}, and no program starts: use a file`;
    return [{ path: ['spec', 'env', index, 'value'], text }];
  });
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (large.length > 0 || total <= MAX_ENVIRONMENT) return large;
  return [
    { path: ['spec', 'env'], text: `is ${total} bytes, more than ${MAX_ENVIRONMENT}: put long values into files` },
  ];
}

/** No rule of the schema: CEL takes base64 for the kind with - and _, and fails on a content with + or /. */
function fileProblems({ files = {} }: DeepReadonly<AgentActionSpec>): Finding[] {
  const total = Object.values(files).reduce((sum, content) => sum + Buffer.byteLength(content, 'base64'), 0);
  if (total <= MAX_FILES) return [];
  const text = `is ${total} bytes in all, more than ${MAX_FILES}, which no Secret holds: mount a volume with them instead`;
  return [{ path: ['spec', 'files'], text }];
}
