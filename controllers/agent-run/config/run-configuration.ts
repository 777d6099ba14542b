import { inject, injectable } from 'inversify';
import type { AgentConfigSpec } from '../../../api/porter/v1/agent-config.js';
import type { Agent } from '../../../api/porter/v1/porter-resource-status.js';
import { AGENT_CONFIGS, PORTER_CONFIGS } from '../../../api/porter/v1/resources.js';
import { WELL_KNOWN_NAMES } from '../../../api/porter/v1/well-known.js';
import { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, KubernetesJson, ObjectKey, Resource } from '../../../runtime/client/index.js';
import { keyText, resourceName } from '../../../runtime/client/index.js';
import { AgentSettings } from '../agent-settings.js';
import type { EffectiveAgentConfig, JobLimits } from './effective-agent-config.js';
import { effectiveAgentConfig } from './effective-agent-config.js';
import type { EffectivePorterConfig } from './effective-porter-config.js';
import { effectivePorterConfig } from './effective-porter-config.js';

/** Which run a configuration is wanted for. */
export interface ConfigurationRequest {
  readonly namespace: string;
  /** The AgentConfig that the run names. */
  readonly agentConfig?: string;
  /** The agent that served the same installation before; it stays unless a configuration says otherwise. */
  readonly recordedAgent?: Agent;
}

export type ResolvedConfiguration =
  | { readonly agent: EffectiveAgentConfig; readonly porter: EffectivePorterConfig; readonly missing?: undefined }
  /** Name of an AgentConfig that is referred to and does not exist. */
  | { readonly missing: string };

/** What decides whose defaults apply everywhere. */
type WideSettings = Pick<AgentSettings, 'operatorNamespace' | 'upstreamDefaults'>;

const { defaultConfig, operatorNamespace: upstreamNamespace } = WELL_KNOWN_NAMES;

/** Finds the AgentConfigs and PorterConfigs that apply in a namespace, and merges them. */
@injectable()
export class RunConfiguration {
  constructor(
    @inject(Reader) private readonly reader: Reader,
    @inject(AgentSettings) private readonly settings: AgentSettings,
  ) {}

  resolve(request: ConfigurationRequest): ResolvedConfiguration {
    const { namespace, agentConfig = '', recordedAgent } = request;
    const named = agentConfig === '' ? undefined : this.spec(AGENT_CONFIGS, { namespace, name: agentConfig });
    if (agentConfig !== '' && named === undefined) return { missing: agentConfig };
    const agent = this.agent(namespace, named, recordedAgent);
    return { agent, porter: this.porter(namespace, agent) };
  }

  /** For Jobs under the AgentConfig that is named, or under the defaults when that has gone. */
  limits(namespace: string, agentConfig: string | undefined): JobLimits {
    const named = this.resolve({ namespace, agentConfig });
    return named.missing === undefined ? named.agent : this.agent(namespace);
  }

  /** Porter's configuration in a namespace, whichever agent reads it. */
  porter(
    namespace: string,
    agent: Pick<EffectiveAgentConfig, 'agent' | 'secretsMode'> = { agent: 'Porter', secretsMode: 'Auto' },
  ): EffectivePorterConfig {
    return effectivePorterConfig(this.widest(PORTER_CONFIGS, namespace), agent, this.settings.stateStore);
  }

  private agent(namespace: string, named?: DeepReadonly<AgentConfigSpec>, recordedAgent?: Agent): EffectiveAgentConfig {
    const { defaultAgent, porterAgentImage, builtInAgentImage } = this.settings;
    const agent = recordedAgent ?? defaultAgent;
    const layers = [...this.widest(AGENT_CONFIGS, namespace), named];
    return effectiveAgentConfig(layers, { agent, porterAgentImage, builtInAgentImage });
  }

  /** The objects named `default`, widest first. */
  private widest<S extends object>(resource: Resource<KubernetesJson & { spec?: S }>, namespace: string) {
    const namespaces = new Set([...wideNamespaces(this.settings), namespace]);
    // A namespace that comes twice counts at its most specific place.
    const ordered = [...namespaces].filter((each) => each !== namespace).concat(namespace);
    return ordered.map((each) => this.spec(resource, { namespace: each, name: defaultConfig }));
  }

  /** `{}` for an object without spec, undefined for none. */
  private spec<S extends object>(resource: Resource<KubernetesJson & { spec?: S }>, key: ObjectKey) {
    const found = this.reader.get(resource, key);
    return found === undefined ? undefined : ((found.spec ?? {}) as DeepReadonly<S>);
  }
}

/** Which namespace's AgentConfig or PorterConfig of that name applies to more than its own namespace. */
export function appliesEverywhere(key: ObjectKey, settings: WideSettings): boolean {
  const wide = wideNamespaces(settings).map((namespace) => keyText({ namespace, name: defaultConfig }));
  return wide.includes(keyText(key));
}

/** For a {@link WatchScope}: where configuration is looked at whatever namespaces are served. */
export function wideConfiguration(settings: WideSettings): ReadonlyMap<string, readonly string[]> {
  const namespaces = wideNamespaces(settings);
  return new Map([AGENT_CONFIGS, PORTER_CONFIGS].map((resource) => [resourceName(resource), namespaces]));
}

/** Whoever may create a namespace of upstream's name would configure all agents, were it not asked for. */
function wideNamespaces({ operatorNamespace, upstreamDefaults }: WideSettings): string[] {
  return upstreamDefaults ? [operatorNamespace, upstreamNamespace] : [operatorNamespace];
}
