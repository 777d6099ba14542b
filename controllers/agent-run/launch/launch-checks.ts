import { inject, injectable } from 'inversify';
import type { AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import type { EffectiveAgentConfig } from '../config/effective-agent-config.js';
import { AgentRights } from './agent-rights.js';
import type { LaunchProblem } from './problem.js';
import type { SecretProjection } from './projected-secrets.js';
import { ProjectedSecrets } from './projected-secrets.js';
import { SecretValues } from './secret-values.js';
import { ServiceAccounts } from './service-accounts.js';

/** Whether a namespace has what a run needs. */
@injectable()
export class LaunchChecks {
  constructor(
    @inject(ServiceAccounts) private readonly accounts: ServiceAccounts,
    @inject(AgentRights) private readonly rights: AgentRights,
    @inject(ProjectedSecrets) private readonly secrets: ProjectedSecrets,
    @inject(SecretValues) private readonly values: SecretValues,
  ) {}

  /** The first thing that is missing or not allowed. */
  async problem(
    namespace: string,
    config: EffectiveAgentConfig,
    files: readonly SecretProjection[],
  ): Promise<LaunchProblem | undefined> {
    return (
      imageProblem(config.image) ??
      (await this.accounts.problem(namespace, accountsOf(config))) ??
      (await this.rights.problem(namespace, config.serviceAccount)) ??
      (await this.secrets.problem(namespace, files))
    );
  }

  /** Which version each Secret has that an agent with this command gets. */
  secretVersions(namespace: string, spec: DeepReadonly<AgentActionSpec>): Promise<Readonly<Record<string, string>>> {
    return this.values.versions(namespace, spec);
  }

  /** All registry logins that agent and bundle may use, as one Docker configuration. */
  dockerConfig(namespace: string, config: EffectiveAgentConfig): Promise<string | undefined> {
    return this.accounts.dockerConfig(namespace, accountsOf(config));
  }
}

function accountsOf({ serviceAccount, installationServiceAccount }: EffectiveAgentConfig) {
  return { agent: serviceAccount, bundle: installationServiceAccount };
}

/** Whether the image that a container is to run from is known; `''` is the operator's own when nobody told it. */
export function imageProblem(image: string): LaunchProblem | undefined {
  if (image !== '') return undefined;
  const message =
    'the operator does not know its own image, which agents and their side programs run from: start it with --built-in-agent-image';
  return { reason: 'ImagePullFailed', message, permanent: true };
}
