import type { PluginEntry, PorterConfigSpec } from '../../../api/porter/v1/porter-config.js';
import type { PorterConfigDocument } from '../../../integrations/porter/index.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import type { EffectiveAgentConfig } from './effective-agent-config.js';
import { layered } from './layers.js';

type Spec = DeepReadonly<Partial<PorterConfigSpec>>;

/** Where records are kept; `url` of an external store may hold Porter's `${secret.NAME}` and `${env.NAME}`. */
export type StateStore =
  { readonly kind: 'Embedded' } | { readonly kind: 'External'; readonly url: string } | { readonly kind: 'None' };

/** Porter's configuration, but for the address of the embedded store, which is a secret of its tenant. */
export interface EffectivePorterConfig {
  readonly spec: Spec;
  readonly store: StateStore;
  /** Whether Secrets are projected to the agent as files, instead of read by a plugin of Porter. */
  readonly projectsSecrets: boolean;
}

const FILES_PLUGIN = 'filesystem';
const KUBERNETES_PLUGIN = 'kubernetes.secrets';
/** Seconds: an absence of the store that is shorter than this is waited out. */
const STORAGE_TIMEOUT = 60;
const EMBEDDED_ENTRY = 'porterops';

/** Merges PorterConfigs, lowest first, over the operator's defaults. */
export function effectivePorterConfig(
  layers: readonly (DeepReadonly<PorterConfigSpec> | undefined)[],
  agent: Pick<EffectiveAgentConfig, 'agent' | 'secretsMode'>,
  fallback: 'embedded' | 'none',
): EffectivePorterConfig {
  const merged = layered(layers);
  const spec = withSecretsPlugin(withChosenStorage(merged), agent);
  return { spec, store: stateStoreOf(spec, fallback), projectsSecrets: secretsPluginOf(spec) === FILES_PLUGIN };
}

/** `config.yaml` as data; `embeddedUrl` is needed exactly when the store is the embedded one. */
export function porterConfigDocument(config: EffectivePorterConfig, embeddedUrl?: string): PorterConfigDocument {
  const document = config.spec as PorterConfigDocument;
  if (embeddedUrl === undefined) return document;
  const entry = { name: EMBEDDED_ENTRY, plugin: 'mongodb', config: { url: embeddedUrl, timeout: STORAGE_TIMEOUT } };
  return { ...document, 'default-storage': EMBEDDED_ENTRY, storage: [entry] };
}

/** Storage without a choice among its entries means its first entry. */
function withChosenStorage(spec: Spec): Spec {
  const storage = spec.storage?.map(patient);
  const chosen = spec['default-storage'] ?? (spec['default-storage-plugin'] ? undefined : storage?.[0]?.name);
  return { ...spec, ...(storage && { storage }), ...(chosen !== undefined && { 'default-storage': chosen }) };
}

function patient(entry: DeepReadonly<PluginEntry>): DeepReadonly<PluginEntry> {
  if (entry.plugin !== 'mongodb') return entry;
  return { ...entry, config: { timeout: STORAGE_TIMEOUT, ...entry.config } };
}

function withSecretsPlugin(spec: Spec, agent: Pick<EffectiveAgentConfig, 'agent' | 'secretsMode'>): Spec {
  const named = secretsPluginOf(spec);
  switch (agent.secretsMode) {
    case 'Projected':
      return withoutSecrets(spec, FILES_PLUGIN);
    case 'Plugin':
      return named === undefined ? withoutSecrets(spec, KUBERNETES_PLUGIN) : withChosenSecrets(spec);
    case 'Auto': {
      // The built-in agent reads files only; projected hints follow the same names as that plugin's.
      const isReplaced = agent.agent === 'BuiltIn' && named === KUBERNETES_PLUGIN;
      return named === undefined || isReplaced ? withoutSecrets(spec, FILES_PLUGIN) : withChosenSecrets(spec);
    }
  }
}

function withoutSecrets(spec: Spec, plugin: string): Spec {
  const { secrets: _secrets, 'default-secrets': _chosen, ...rest } = spec;
  return { ...rest, 'default-secrets-plugin': plugin };
}

function withChosenSecrets(spec: Spec): Spec {
  if (spec['default-secrets'] !== undefined || spec['default-secrets-plugin'] !== undefined) return spec;
  return { ...spec, 'default-secrets': spec.secrets?.[0]?.name };
}

/** Key of the secrets plugin that the configuration chooses; an entry goes before a plain plugin. */
function secretsPluginOf(spec: Spec): string | undefined {
  const { secrets, 'default-secrets': chosen, 'default-secrets-plugin': plugin } = spec;
  const entry = chosen === undefined ? undefined : secrets?.find(({ name }) => name === chosen);
  return entry?.plugin ?? plugin ?? secrets?.[0]?.plugin;
}

function stateStoreOf(spec: Spec, fallback: 'embedded' | 'none'): StateStore {
  const { storage, 'default-storage': chosen, 'default-storage-plugin': plugin } = spec;
  if (chosen === undefined && plugin === undefined) {
    return fallback === 'embedded' ? { kind: 'Embedded' } : { kind: 'None' };
  }
  const entry = storage?.find(({ name }) => name === chosen);
  const url = entry?.plugin === 'mongodb' ? entry.config?.['url'] : undefined;
  return typeof url === 'string' ? { kind: 'External', url } : { kind: 'None' };
}
