import { stringify } from 'yaml';
import type {
  CredentialSetDocument,
  InstallationDocument,
  ParameterSetDocument,
  PluginEntry,
  PorterConfigDocument,
  SourcedValue,
} from './documents.js';

/** Strings that YAML 1.1 would read as something else are quoted, since Porter's reader still knows its types. */
const STYLE = { indent: 4, lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false } as const;

/** `installation.yaml`: empty members are left out, except `name`, `namespace` and `bundle.repository`. */
export function writeInstallation(document: InstallationDocument): string {
  const { bundle } = document;
  return stringify(
    {
      schemaVersion: document.schemaVersion,
      name: document.name,
      namespace: document.namespace,
      ...(document.uninstalled === true ? { uninstalled: true } : {}),
      bundle: {
        repository: bundle.repository,
        ...present({ version: bundle.version, digest: bundle.digest, tag: bundle.tag }),
      },
      ...present({
        labels: sorted(document.labels),
        credentialSets: document.credentialSets,
        parameterSets: document.parameterSets,
        parameters: sorted(document.parameters),
      }),
    },
    STYLE,
  );
}

/** `credentials.yaml`; an empty set keeps its empty list. */
export function writeCredentialSet(document: CredentialSetDocument): string {
  return stringify({ ...head(document), credentials: document.credentials.map(sourced) }, STYLE);
}

/** `parameters.yaml`; an empty set keeps its empty list. */
export function writeParameterSet(document: ParameterSetDocument): string {
  return stringify({ ...head(document), parameters: document.parameters.map(sourced) }, STYLE);
}

/** `config.yaml`: members in Porter's order, unset ones left out. */
export function writePorterConfig(config: PorterConfigDocument): string {
  return stringify(
    present({
      verbosity: config.verbosity,
      namespace: config.namespace,
      experimental: config.experimental,
      'build-driver': config['build-driver'],
      'default-storage': config['default-storage'],
      'default-secrets': config['default-secrets'],
      'default-storage-plugin': config['default-storage-plugin'],
      'default-secrets-plugin': config['default-secrets-plugin'],
      storage: config.storage?.map(plugin),
      secrets: config.secrets?.map(plugin),
      telemetry: config.telemetry,
    }),
    STYLE,
  );
}

function head(document: CredentialSetDocument | ParameterSetDocument): object {
  const { schemaVersion, name, namespace, labels } = document;
  return { schemaVersion, name, namespace, ...present({ labels: sorted(labels) }) };
}

function sourced({ name, source }: SourcedValue): object {
  return { name, source: present({ ...source }) };
}

function plugin({ name, plugin: kind, config }: PluginEntry): object {
  return { ...present({ config }), name, plugin: kind };
}

function sorted<T>(map: Readonly<Record<string, T>> | undefined): Record<string, T> | undefined {
  return map && Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Without members that are unset, an empty string, an empty list or an empty map. */
function present(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
