import { inject, injectable } from 'inversify';
import type { AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import { agentActionProblems } from '../../../api/porter/v1/agent-action.rules.js';
import type { Agent } from '../../../api/porter/v1/porter-resource-status.js';
import { writePorterConfig } from '../../../integrations/porter/index.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import { problemText } from '../../../runtime/schema/index.js';
import { AgentSettings } from '../agent-settings.js';
import type { EffectiveAgentConfig } from '../config/effective-agent-config.js';
import type { EffectivePorterConfig } from '../config/effective-porter-config.js';
import { porterConfigDocument } from '../config/effective-porter-config.js';
import { RunConfiguration } from '../config/run-configuration.js';
import type { AgentRun } from '../job/agent-run.js';
import { EmbeddedStore } from '../state/embedded-store.js';
import { valuesSecretName } from '../values-secret.js';
import { LaunchChecks, imageProblem } from './launch-checks.js';
import type { LaunchProblem } from './problem.js';
import type { SecretProjection } from './projected-secrets.js';
import { projectionsOf } from './projected-secrets.js';
import { SECRET_VERSIONS_ANNOTATION } from './secret-values.js';

/** What is to be launched. */
export interface LaunchRequest extends Pick<AgentRun, 'namespace' | 'owner' | 'names' | 'labels' | 'annotations'> {
  readonly spec: DeepReadonly<AgentActionSpec>;
  /** The agent that served the same installation before. */
  readonly recordedAgent?: Agent;
}

/** A launch that can be made now, or why it cannot. */
export type LaunchPlan = { readonly run: AgentRun; readonly problem?: undefined } | { readonly problem: LaunchProblem };

interface Configuration {
  readonly agent: EffectiveAgentConfig;
  readonly porter: EffectivePorterConfig;
}

/** Looks up everything that a launch needs, and names the first thing that is missing. */
@injectable()
export class LaunchPlanner {
  constructor(
    @inject(RunConfiguration) private readonly configuration: RunConfiguration,
    @inject(LaunchChecks) private readonly checks: LaunchChecks,
    @inject(EmbeddedStore) private readonly store: EmbeddedStore,
    @inject(AgentSettings) private readonly settings: AgentSettings,
  ) {}

  async plan(request: LaunchRequest): Promise<LaunchPlan> {
    const { namespace, spec, recordedAgent } = request;
    const agentConfig = spec.agentConfig?.name;
    const found = this.configuration.resolve({ namespace, agentConfig, recordedAgent });
    if (found.missing !== undefined) return { problem: configMissing(namespace, found.missing) };
    const projections = projectionsOf(spec.secrets ?? []);
    const problem =
      specProblem(spec) ??
      projections.problem ??
      (await this.checks.problem(namespace, found.agent, filesOf(projections, found.porter)));
    if (problem !== undefined) return { problem };
    return this.planned(request, found, filesOf(projections, found.porter));
  }

  private async planned(
    request: LaunchRequest,
    { agent, porter }: Configuration,
    files: readonly SecretProjection[],
  ): Promise<LaunchPlan> {
    const { spec, recordedAgent: _, ...identity } = request;
    const secrets = this.secretsOf(spec, porter, files);
    const operatorImage = this.settings.builtInAgentImage;
    const problem = secrets && imageProblem(operatorImage);
    if (problem !== undefined) return { problem };
    const login = await this.login(request.namespace, porter);
    if (login instanceof StateUnavailableError) return { problem: storeUnavailable(login) };
    const { command, args, env, envFrom, volumes, volumeMounts } = spec;
    const versions = await this.checks.secretVersions(request.namespace, spec);
    const run: AgentRun = {
      ...identity,
      annotations: { ...identity.annotations, [SECRET_VERSIONS_ANNOTATION]: JSON.stringify(versions) },
      ...{ command, args, env, envFrom, volumes, volumeMounts },
      config: agent,
      operatorImage,
      documents: spec.files ?? {},
      porterConfig: writePorterConfig(porterConfigDocument(porter, login?.url)),
      ca: login?.ca,
      dockerConfig: await this.checks.dockerConfig(request.namespace, agent),
      secrets,
    };
    return { run };
  }

  private async login(namespace: string, { store }: EffectivePorterConfig) {
    if (store.kind !== 'Embedded') return undefined;
    try {
      return await this.store.agentLogin(namespace);
    } catch (error) {
      if (error instanceof StateUnavailableError) return error;
      throw error;
    }
  }

  /** Side programs are needed only where there is something to restore or to keep. */
  private secretsOf(
    { installation }: DeepReadonly<AgentActionSpec>,
    porter: EffectivePorterConfig,
    files: readonly SecretProjection[],
  ): AgentRun['secrets'] {
    if (!porter.projectsSecrets || (installation === undefined && files.length === 0)) return undefined;
    return installation === undefined ? { files } : { files, kept: valuesSecretName(installation) };
  }
}

function filesOf(
  projections: ReturnType<typeof projectionsOf>,
  { projectsSecrets }: EffectivePorterConfig,
): readonly SecretProjection[] {
  return projectsSecrets && projections.problem === undefined ? projections.files : [];
}

function specProblem(spec: DeepReadonly<AgentActionSpec>): LaunchProblem | undefined {
  const message = problemText(agentActionProblems(spec));
  return message === undefined ? undefined : { reason: 'InvalidSpec', message, permanent: true };
}

function configMissing(namespace: string, name: string): LaunchProblem {
  const message = `spec.agentConfig names AgentConfig ${name}, which does not exist in namespace ${namespace}: create it or correct the name`;
  return { reason: 'AgentConfigNotFound', message };
}

function storeUnavailable({ message }: StateUnavailableError): LaunchProblem {
  return { reason: 'StateStoreUnavailable', message };
}
