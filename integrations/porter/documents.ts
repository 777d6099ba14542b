/** Porter's documents as plain data: what the operator writes into an agent's work folder and what an agent reads. */

/** Where Porter finds a value; exactly one member is set. `value` may be any JSON type from parameter set schema 1.1.0 on. */
export interface ValueSource {
  secret?: string;
  value?: unknown;
  env?: string;
  path?: string;
  command?: string;
}

/** One entry of a credential or parameter set. */
export interface SourcedValue {
  name: string;
  source: ValueSource;
}

/** Which bundle: `repository` and one of the others; a digest wins over a version, a version over a tag. */
export interface BundleParts {
  repository: string;
  version?: string;
  digest?: string;
  tag?: string;
}

/** `installation.yaml`, schema 1.0.2. `namespace` is Porter's, `''` is its global one. */
export interface InstallationDocument {
  schemaVersion: string;
  name: string;
  namespace: string;
  uninstalled?: boolean;
  bundle: BundleParts;
  labels?: Readonly<Record<string, string>>;
  credentialSets?: readonly string[];
  parameterSets?: readonly string[];
  parameters?: Readonly<Record<string, unknown>>;
}

/** `credentials.yaml`, schema 1.0.1. */
export interface CredentialSetDocument {
  schemaVersion: string;
  name: string;
  namespace: string;
  labels?: Readonly<Record<string, string>>;
  credentials: readonly SourcedValue[];
}

/** `parameters.yaml`, schema 1.0.1 or 1.1.0. */
export interface ParameterSetDocument {
  schemaVersion: string;
  name: string;
  namespace: string;
  labels?: Readonly<Record<string, string>>;
  parameters: readonly SourcedValue[];
}

/** A named plugin of `config.yaml`, `storage[]` or `secrets[]`. */
export interface PluginEntry {
  name: string;
  plugin: string;
  config?: Readonly<Record<string, unknown>>;
}

/** `config.yaml` in Porter's flat form; keys as Porter spells them. */
export interface PorterConfigDocument {
  verbosity?: string;
  namespace?: string;
  experimental?: readonly string[];
  'build-driver'?: string;
  'default-storage'?: string;
  'default-secrets'?: string;
  'default-storage-plugin'?: string;
  'default-secrets-plugin'?: string;
  storage?: readonly PluginEntry[];
  secrets?: readonly PluginEntry[];
  telemetry?: Readonly<Record<string, unknown>>;
}

/** Schema versions that Porter 1.6 accepts; the last one is what we write. */
export const SCHEMA_VERSIONS = {
  installation: ['1.0.2'],
  credentialSet: ['1.0.1'],
  parameterSet: ['1.0.1', '1.1.0'],
} as const;

/** Names of the documents in an agent's work and config folders. */
export const DOCUMENT_FILES = {
  installation: 'installation.yaml',
  credentials: 'credentials.yaml',
  parameters: 'parameters.yaml',
  config: 'config.yaml',
} as const;
