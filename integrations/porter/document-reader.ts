import { parse } from 'yaml';
import type {
  BundleParts,
  CredentialSetDocument,
  InstallationDocument,
  ParameterSetDocument,
  PorterConfigDocument,
  SourcedValue,
  ValueSource,
} from './documents.js';
import { SCHEMA_VERSIONS } from './documents.js';

/** A document that Porter would refuse; the message names the field. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

type Fields = Readonly<Record<string, unknown>>;
type Kind = keyof typeof SCHEMA_VERSIONS;

const SOURCES = ['secret', 'value', 'env', 'path', 'command'] as const;
const NOUNS: Record<Kind, string> = {
  installation: 'installation',
  credentialSet: 'credential set',
  parameterSet: 'parameter set',
};

/**
 * Reads `installation.yaml`.
 * @param fallback the Porter namespace of a document that names none
 * @throws {@link DocumentError}
 */
export function readInstallation(text: string, fallback = ''): InstallationDocument {
  const fields = read(text, 'installation');
  const bundle = map(fields, 'bundle', 'installation');
  return {
    ...head(fields, 'installation', fallback),
    uninstalled: optional(fields, 'uninstalled', 'boolean', 'installation') ?? false,
    bundle: bundleParts(bundle),
    credentialSets: names(fields, 'credentialSets'),
    parameterSets: names(fields, 'parameterSets'),
    parameters: map(fields, 'parameters', 'installation'),
  };
}

/** Reads `credentials.yaml`; as {@link readInstallation}. */
export function readCredentialSet(text: string, fallback = ''): CredentialSetDocument {
  const fields = read(text, 'credentialSet');
  return { ...head(fields, 'credentialSet', fallback), credentials: sourced(fields, 'credentials', 'credentialSet') };
}

/** Reads `parameters.yaml`; as {@link readInstallation}. */
export function readParameterSet(text: string, fallback = ''): ParameterSetDocument {
  const fields = read(text, 'parameterSet');
  return { ...head(fields, 'parameterSet', fallback), parameters: sourced(fields, 'parameters', 'parameterSet') };
}

/** Reads `config.yaml`; members that only Porter's own agent knows are kept as they are. */
export function readPorterConfig(text: string): PorterConfigDocument {
  return yamlMap(text, 'config.yaml');
}

function read(text: string, kind: Kind): Fields {
  const fields = yamlMap(text, `the ${NOUNS[kind]}`);
  const accepted: readonly string[] = SCHEMA_VERSIONS[kind];
  const version = typeof fields['schemaVersion'] === 'string' ? fields['schemaVersion'] : '(none)';
  if (accepted.includes(version)) return ofType(fields, kind);
  throw new DocumentError(
    `invalid ${NOUNS[kind]}: the schema version is ${version} but the supported schema version is ${accepted.join(' or ')} : invalid schema version`,
  );
}

/** Documents may say what they are, in any case. */
function ofType(fields: Fields, kind: Kind): Fields {
  const type = optional(fields, 'schemaType', 'string', kind) ?? '';
  if (type === '' || type.toLowerCase() === kind.toLowerCase()) return fields;
  const expected = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  throw new DocumentError(`invalid ${NOUNS[kind]}: invalid schemaType ${type}, expected ${expected}`);
}

function yamlMap(text: string, what: string): Fields {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 50 });
  } catch (error) {
    throw new DocumentError(`invalid ${what}: no YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new DocumentError(`invalid ${what}: not a map`);
  return value as Fields;
}

function head(fields: Fields, kind: Kind, fallback: string) {
  const name = optional(fields, 'name', 'string', kind);
  if (name === undefined || name === '') throw new DocumentError(`invalid ${NOUNS[kind]}: name is missing`);
  const labels = map(fields, 'labels', kind);
  return {
    schemaVersion: String(fields['schemaVersion']),
    name,
    namespace: optional(fields, 'namespace', 'string', kind) ?? fallback,
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)])),
  };
}

function bundleParts(fields: Fields): BundleParts {
  const { repository, version, digest, tag } = fields;
  const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);
  return { repository: text(repository) ?? '', version: text(version), digest: text(digest), tag: text(tag) };
}

function sourced(fields: Fields, field: string, kind: Kind): SourcedValue[] {
  const entries = fields[field] ?? [];
  if (!Array.isArray(entries)) throw new DocumentError(`invalid ${NOUNS[kind]}: ${field} is not a list`);
  return entries.map((entry: unknown, index) => sourcedValue(entry, `${NOUNS[kind]}: ${field}[${index}]`));
}

function sourcedValue(entry: unknown, where: string): SourcedValue {
  const { name, source } = (entry ?? {}) as { name?: unknown; source?: unknown };
  if (typeof name !== 'string' || name === '') throw new DocumentError(`invalid ${where}: name is missing`);
  const given = Object.entries((source ?? {}) as Fields);
  const [first] = given;
  if (first === undefined || given.length > 1 || !(SOURCES as readonly string[]).includes(first[0])) {
    throw new DocumentError(`invalid ${where}: source needs exactly one of ${SOURCES.join(', ')}`);
  }
  return { name, source: source as ValueSource };
}

function names(fields: Fields, field: string): string[] {
  const value = fields[field] ?? [];
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
  throw new DocumentError(`invalid installation: ${field} is not a list of names`);
}

function map(fields: Fields, field: string, kind: Kind): Fields {
  const value = fields[field] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields;
  throw new DocumentError(`invalid ${NOUNS[kind]}: ${field} is not a map`);
}

function optional<T extends 'string' | 'boolean'>(
  fields: Fields,
  field: string,
  type: T,
  kind: Kind,
): (T extends 'string' ? string : boolean) | undefined {
  const value = fields[field] ?? undefined;
  if (value === undefined || typeof value === type) return value as T extends 'string' ? string : boolean;
  throw new DocumentError(`invalid ${NOUNS[kind]}: ${field} is not a ${type}`);
}
