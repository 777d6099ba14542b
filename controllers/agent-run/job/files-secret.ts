import { LABELS, SECRET_TYPES } from '../../../api/porter/v1/well-known.js';
import type { Secret } from '../../../runtime/client/index.js';
import type { AgentRun } from './agent-run.js';

/** Keys of the files Secret that are not documents. */
export const FILE_KEYS = { config: 'config.yaml', ca: 'ca.crt', dockerConfig: 'docker-config.json' } as const;

const RESERVED: ReadonlySet<string> = new Set(Object.values(FILE_KEYS));

/** The key of a document: its own name, unless something else of the run goes by it. */
export function documentKey(name: string): string {
  return RESERVED.has(name) ? `workdir.${name}` : name;
}

/** Everything a run reads, in one immutable Secret that lives as long as the run's owner. */
export function filesSecret(run: AgentRun): Secret {
  const documents = Object.entries(run.documents).map(([name, content]) => [documentKey(name), content]);
  return {
    metadata: {
      name: run.names.files,
      namespace: run.namespace,
      labels: { ...run.labels, [LABELS.secretType]: SECRET_TYPES.config },
      annotations: { ...run.annotations },
      ownerReferences: [{ ...run.owner, controller: true }],
    },
    type: 'Opaque',
    immutable: true,
    data: {
      [FILE_KEYS.config]: encoded(run.porterConfig),
      ...(run.ca !== undefined && { [FILE_KEYS.ca]: encoded(run.ca) }),
      ...(run.dockerConfig !== undefined && { [FILE_KEYS.dockerConfig]: encoded(run.dockerConfig) }),
      ...(Object.fromEntries(documents) as Record<string, string>),
    },
  };
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}
