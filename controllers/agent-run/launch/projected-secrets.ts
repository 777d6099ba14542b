import { inject, injectable } from 'inversify';
import type { SecretSource } from '../../../integrations/porter/index.js';
import { InvalidHintError, secretFileOf, secretSourceOf } from '../../../integrations/porter/index.js';
import { Client, SECRETS } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import type { LaunchProblem } from './problem.js';

/** One key of a Secret, and the file that an agent finds it in. */
export interface SecretProjection extends SecretSource {
  /** Below the folder of secrets. */
  readonly path: string;
}

/** What hints ask for, or which of them cannot be used. */
export type Projections =
  { readonly files: readonly SecretProjection[]; readonly problem?: undefined } | { readonly problem: LaunchProblem };

/** The files that a run's hints stand for. */
export function projectionsOf(hints: readonly string[]): Projections {
  const files: SecretProjection[] = [];
  for (const hint of new Set(hints)) {
    try {
      files.push({ ...secretSourceOf(hint), path: secretFileOf(hint) });
    } catch (error) {
      if (!(error instanceof InvalidHintError)) throw error;
      return { problem: { reason: 'InvalidSpec', message: `spec.secrets: ${error.message}`, permanent: true } };
    }
  }
  const hidden = files.find(({ path }) => files.some((other) => other.path.startsWith(`${path}/`)));
  if (hidden === undefined) return { files };
  const message = `spec.secrets: ${hidden.path} and ${hidden.path}/… cannot both be used, since one would be a file and a folder`;
  return { problem: { reason: 'InvalidSpec', message, permanent: true } };
}

/** Sees to it that the Secrets a run needs exist, before a Pod hangs for the lack of them. */
@injectable()
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get'] })
export class ProjectedSecrets {
  constructor(@inject(Client) private readonly client: Client) {}

  /** The first Secret or key that is missing. */
  async problem(namespace: string, files: readonly SecretProjection[]): Promise<LaunchProblem | undefined> {
    for (const name of new Set(files.map(({ secret }) => secret))) {
      const secret = await this.client.find(SECRETS, { namespace, name });
      const missing = files.find((file) => file.secret === name && secret?.data?.[file.key] === undefined);
      if (missing !== undefined) {
        const what = secret === undefined ? 'does not exist' : `has no key ${missing.key}`;
        return { reason: 'SecretNotFound', message: `Secret ${name} ${what} in namespace ${namespace}: create it` };
      }
    }
    return undefined;
  }
}
