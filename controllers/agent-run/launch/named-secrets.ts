import type { AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import { WELL_KNOWN_NAMES } from '../../../api/porter/v1/well-known.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import { projectionsOf } from './projected-secrets.js';

/** A command, as far as it names Secrets. */
interface Sources {
  readonly env?: readonly { valueFrom?: { secretKeyRef?: { name?: string } } }[];
  readonly envFrom?: readonly { secretRef?: { name?: string } }[];
  readonly volumes?: readonly {
    secret?: { secretName?: string };
    projected?: { sources?: readonly { secret?: { name?: string } }[] };
  }[];
}

/** Names of the Secrets that an agent gets because its command names them, or because every agent does. */
export function namedSecrets(spec: DeepReadonly<AgentActionSpec>): string[] {
  const { env = [], envFrom = [], volumes = [] } = spec as Sources;
  const projections = projectionsOf(spec.secrets ?? []);
  const names = [
    WELL_KNOWN_NAMES.agentEnvSecret,
    ...(projections.problem === undefined ? projections.files.map(({ secret }) => secret) : []),
    ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...envFrom.map(({ secretRef }) => secretRef?.name),
    ...volumes.map(({ secret }) => secret?.secretName),
    ...volumes.flatMap(({ projected }) => projected?.sources?.map(({ secret }) => secret?.name) ?? []),
  ];
  return [...new Set(names.flatMap((name = '') => (name === '' ? [] : [name])))];
}
