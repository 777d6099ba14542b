import type { V1ResourceRequirements } from '@kubernetes/client-node';
import type { AgentConfigSpec } from '../../../api/porter/v1/agent-config.js';
import type { Agent } from '../../../api/porter/v1/porter-resource-status.js';
import { WELL_KNOWN_NAMES } from '../../../api/porter/v1/well-known.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import { layered } from './layers.js';

/** How long a Job may take, and how long it stays when it has ended. */
export type JobLimits = Pick<EffectiveAgentConfig, 'activeDeadlineSeconds' | 'ttlSecondsAfterFinished'>;

/** How one agent runs, with nothing left open. */
export interface EffectiveAgentConfig {
  readonly agent: Agent;
  readonly image: string;
  readonly pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly serviceAccount: string;
  /** '' gives the bundle no token. */
  readonly installationServiceAccount: string;
  /** '' is the cluster's default. */
  readonly storageClassName: string;
  readonly volumeSize: string;
  readonly ttlSecondsAfterFinished: number;
  readonly activeDeadlineSeconds: number;
  readonly resources: DeepReadonly<V1ResourceRequirements>;
  readonly secretsMode: 'Auto' | 'Projected' | 'Plugin';
  /** Names of the plugins that the agent's image must have. */
  readonly plugins: readonly string[];
}

/** What holds where no AgentConfig says anything. */
export interface AgentDefaults {
  readonly agent: Agent;
  readonly porterAgentImage: string;
  readonly builtInAgentImage: string;
}

const FLOATING_TAGS: readonly string[] = ['latest', 'canary', 'dev'];
const DEFAULT_RESOURCES: V1ResourceRequirements = {
  requests: { cpu: '50m', memory: '64Mi' },
  limits: { memory: '512Mi' },
};

/** Merges AgentConfigs, lowest first, over the operator's defaults. */
export function effectiveAgentConfig(
  layers: readonly (DeepReadonly<AgentConfigSpec> | undefined)[],
  defaults: AgentDefaults,
): EffectiveAgentConfig {
  const spec = layered(layers);
  const agent = spec.agent ?? defaults.agent;
  const image = agent === 'BuiltIn' ? defaults.builtInAgentImage : porterImage(spec, defaults.porterAgentImage);
  return {
    agent,
    image,
    pullPolicy: spec.pullPolicy ?? (FLOATING_TAGS.includes(imageParts(image).version) ? 'Always' : 'IfNotPresent'),
    serviceAccount: spec.serviceAccount ?? WELL_KNOWN_NAMES.agentServiceAccount,
    installationServiceAccount: spec.installationServiceAccount ?? '',
    storageClassName: spec.storageClassName ?? '',
    volumeSize: spec.volumeSize ?? '64Mi',
    ttlSecondsAfterFinished: spec.ttlSecondsAfterFinished ?? 600,
    activeDeadlineSeconds: spec.activeDeadlineSeconds ?? 3600,
    resources: spec.resources ?? DEFAULT_RESOURCES,
    secretsMode: spec.secrets?.mode ?? 'Auto',
    plugins: Object.keys(spec.pluginConfigFile?.plugins ?? {}).sort(),
  };
}

function porterImage(spec: DeepReadonly<Partial<AgentConfigSpec>>, fallback: string): string {
  const defaults = imageParts(fallback);
  const version = spec.porterVersion ?? defaults.version;
  return `${spec.porterRepository ?? defaults.repository}${version.startsWith('sha256:') ? '@' : ':'}${version}`;
}

/** Splits at the digest, or at the tag (a colon before the last slash belongs to the registry's port). */
function imageParts(image: string): { repository: string; version: string } {
  const [name = image, digest] = image.split('@');
  const tagAt = name.indexOf(':', name.lastIndexOf('/') + 1);
  const repository = tagAt < 0 ? name : name.slice(0, tagAt);
  return { repository, version: digest ?? (tagAt < 0 ? 'latest' : name.slice(tagAt + 1)) };
}
