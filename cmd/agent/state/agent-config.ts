import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PorterConfigDocument } from '../../../integrations/porter/index.js';
import { DOCUMENT_FILES, readPorterConfig } from '../../../integrations/porter/index.js';
import { AgentFailure, messageOf, unsupported } from '../failure.js';
import type { AgentOptions } from '../options.js';
import type { SecretFiles } from '../secrets/secret-files.js';

/** What this agent takes from Porter's configuration. */
export interface AgentConfig {
  /** Porter namespace of commands and documents that name none. */
  readonly namespace: string;
  /** How much bundles of Porter's are to say. */
  readonly verbosity: string;
  readonly storage: { readonly url: string; readonly timeoutMs: number };
}

/** Both plugins read the same files here: hints of `kubernetes.secrets` are projected under their own names. */
const SECRETS_PLUGINS: readonly string[] = ['filesystem', 'host', 'kubernetes.secrets'];
const DEFAULT_TIMEOUT_S = 10;

/** Reads config.yaml, with Porter's `${secret.NAME}` and `${env.NAME}` filled in. @throws AgentFailure */
export async function readAgentConfig(options: AgentOptions, secrets: SecretFiles): Promise<AgentConfig> {
  const file = join(options.configFolder, DOCUMENT_FILES.config);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new AgentFailure(`could not load the configuration ${file}: ${messageOf(error)}`);
  });
  const config = readPorterConfig(await filledIn(text, options, secrets));
  refuseSecretsPlugin(config);
  return { namespace: config.namespace ?? '', verbosity: verbosityOf(config), storage: storageOf(config) };
}

function storageOf(config: PorterConfigDocument): AgentConfig['storage'] {
  const chosen = config['default-storage'];
  const plugin = config['default-storage-plugin'];
  if (chosen === undefined && plugin !== undefined) throw unsupported(`storage plugin ${plugin} without an entry`);
  const entry = config.storage?.find(({ name }) => name === chosen);
  if (entry === undefined) {
    throw new AgentFailure(`no state store is configured: default-storage ${chosen ?? ''} names no entry of storage`);
  }
  if (entry.plugin !== 'mongodb') throw unsupported(`storage plugin ${entry.plugin}`);
  const { url, timeout } = entry.config ?? {};
  if (typeof url !== 'string' || url === '') throw new AgentFailure(`storage ${entry.name} has no config.url`);
  const seconds = typeof timeout === 'number' && timeout > 0 ? timeout : DEFAULT_TIMEOUT_S;
  return { url, timeoutMs: seconds * 1000 };
}

/** As Porter reads it: what it does not know counts as `info`. */
function verbosityOf({ verbosity = '' }: PorterConfigDocument): string {
  if (verbosity === 'warning') return 'warn';
  return ['debug', 'warn', 'error'].includes(verbosity) ? verbosity : 'info';
}

function refuseSecretsPlugin(config: PorterConfigDocument): void {
  const chosen = config['default-secrets'];
  const entry = config.secrets?.find(({ name }) => name === chosen);
  const plugin = entry?.plugin ?? config['default-secrets-plugin'];
  if (plugin !== undefined && !SECRETS_PLUGINS.includes(plugin)) throw unsupported(`secrets plugin ${plugin}`);
}

async function filledIn(text: string, options: AgentOptions, secrets: SecretFiles): Promise<string> {
  let result = text;
  for (const [whole, kind, name = ''] of text.matchAll(/\$\{(secret|env)\.([^}]+)\}/g)) {
    const value = kind === 'env' ? options.variables[name] : await secrets.read(name);
    if (value === undefined) throw new AgentFailure(`config.yaml: ${kind} ${name} is not there`);
    result = result.replaceAll(whole, () => value);
  }
  return result;
}
