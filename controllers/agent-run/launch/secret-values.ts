import { inject, injectable } from 'inversify';
import { parse } from 'yaml';
import type { AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import { InvalidHintError, secretSourceOf, valueKeyOf } from '../../../integrations/porter/index.js';
import { passwordsIn } from '../../../integrations/porter/state/index.js';
import type { DeepReadonly, Secret, Stored } from '../../../runtime/client/index.js';
import { Client, SECRETS } from '../../../runtime/client/index.js';
import { Clock, ExpiringCache } from '../../../runtime/clock/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { RunConfiguration } from '../config/run-configuration.js';
import { FILE_KEYS } from '../job/files-secret.js';
import { StorePasswords } from '../state/store-passwords.js';
import { secretsOfUrl } from '../state/store-urls.js';
import { hasFields, jsonAnnotation } from '../json-annotation.js';
import { valuesSecretName } from '../values-secret.js';
import { namedSecrets } from './named-secrets.js';

type Spec = DeepReadonly<AgentActionSpec>;
type Versions = Readonly<Record<string, string>>;
type Found = ReadonlyMap<string, Stored<Secret> | undefined>;

/** Annotation of a run's Secret: which version each Secret had that the agent was given, as JSON; '' for one that was absent. */
export const SECRET_VERSIONS_ANNOTATION = 'getporter.org/secret-versions';

/** For launches in numbers. An old version does no harm: the Secret then counts as changed. */
const VERSION_LIFETIME_MS = 5_000;

/** Whose secrets are to be taken out of a text. */
export interface SecretRun {
  readonly namespace: string;
  readonly spec: Spec;
  /** Name of the Secret with what the run was given. */
  readonly files: string;
  /** Keys under which Porter keeps secret values that the run used or made, as the records name them. */
  readonly hints: readonly string[];
}

/** What is secret of a run. */
export interface KnownSecrets {
  readonly values: readonly string[];
  /** Why it cannot be told any more what the agent was given, a clause: then nothing that it said may be quoted. */
  readonly unknown?: string;
}

interface RegistryLogin {
  readonly auth?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** Everything secret that an agent is given, for taking it out of what the agent says. */
@injectable()
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get'] })
export class SecretValues {
  private readonly seen: ExpiringCache<string>;

  constructor(
    @inject(Client) private readonly client: Client,
    @inject(RunConfiguration) private readonly configuration: RunConfiguration,
    @inject(StorePasswords) private readonly store: StorePasswords,
    @inject(Clock) clock: Clock,
  ) {
    this.seen = new ExpiringCache(clock, () => VERSION_LIFETIME_MS);
  }

  /** Of the Secrets that an agent with this command gets, by name, to be written down at its launch. */
  async versions(namespace: string, spec: Spec): Promise<Versions> {
    const { store } = this.configuration.porter(namespace);
    const names = [...namedSecrets(spec), ...(store.kind === 'External' ? secretsOfUrl(store.url) : [])];
    const version = (name: string) =>
      this.seen.get(`${namespace}/${name}`, async () => versionOf(await this.find(namespace, name)));
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await version(name)] as const)));
  }

  /** Of an ended run: values of its Secrets, logins of registries, the store's password, and what Porter keeps. */
  async of({ namespace, spec, files, hints }: SecretRun): Promise<KnownSecrets> {
    const given = files === '' ? undefined : await this.find(namespace, files);
    const versions = versionsIn(given);
    const read = given && givenSecrets(given);
    if (versions === undefined || read === undefined) return { values: [], unknown: NOTHING_KNOWN };
    const kept = spec.installation && valuesSecretName(spec.installation);
    const sources = hints.map((hint) => ({ hint, name: secretNameOf(hint) }));
    const names = [...Object.keys(versions), ...sources.map(({ name }) => name), kept];
    const found = await this.findAll(namespace, names);
    const changed = Object.keys(versions).find((name) => versionOf(found.get(name)) !== versions[name]);
    const lost = sources.find((source) => !isKept(source, found, kept))?.hint;
    const values = [...found.values()].flatMap((secret) => Object.values(secret?.data ?? {}).map(decoded));
    return {
      values: [...values, ...read, ...(await this.store.of(namespace))],
      unknown: unknownText(changed, lost),
    };
  }

  private async findAll(namespace: string, names: readonly (string | undefined)[]): Promise<Found> {
    const wanted = [...new Set(names.filter((name) => name !== undefined))];
    return new Map(await Promise.all(wanted.map(async (name) => [name, await this.find(namespace, name)] as const)));
  }

  private find(namespace: string, name: string): Promise<Stored<Secret> | undefined> {
    return this.client.find(SECRETS, { namespace, name });
  }
}

const NOTHING_KNOWN = 'it is not known any more what it was given';

function unknownText(changed: string | undefined, lost: string | undefined): string | undefined {
  if (changed !== undefined) return `Secret ${changed} has changed or gone since the launch`;
  return lost && `the value that Porter keeps as ${lost} is gone`;
}

function versionOf(secret: Stored<Secret> | undefined): string {
  return secret?.metadata.resourceVersion ?? '';
}

/** Undefined for runs that another operator launched. */
function versionsIn(given: Stored<Secret> | undefined): Versions | undefined {
  return jsonAnnotation(given?.metadata.annotations, SECRET_VERSIONS_ANNOTATION, isVersions);
}

function isVersions(value: unknown): value is Versions {
  return hasFields(value, {}) && Object.values(value as object).every((version) => typeof version === 'string');
}

/** The Secret that Porter's Kubernetes plugin makes for a hint. */
function secretNameOf(hint: string): string | undefined {
  try {
    return secretSourceOf(hint).secret;
  } catch (error) {
    if (error instanceof InvalidHintError) return undefined;
    throw error;
  }
}

/** A value that Porter made is in the installation's values Secret, or in one of its own where a plugin keeps it. */
function isKept({ hint, name }: { hint: string; name: string | undefined }, found: Found, kept?: string): boolean {
  if (name === undefined) return false;
  const inKept = kept !== undefined && Object.hasOwn(found.get(kept)?.data ?? {}, valueKeyOf(hint));
  return inKept || found.get(name) !== undefined;
}

/** What the run's own Secret holds: registry logins, and the password in the address of the store; undefined when somebody has put another in its place that cannot be read. */
function givenSecrets(given: Stored<Secret>): string[] | undefined {
  try {
    return readSecrets(given);
  } catch {
    return undefined;
  }
}

function readSecrets({ data = {} }: Stored<Secret>): string[] {
  const { [FILE_KEYS.dockerConfig]: logins, [FILE_KEYS.config]: config } = data;
  const { storage = [] } = (config === undefined ? null : (parse(decoded(config)) as PorterConfig | null)) ?? {};
  const passwords = storage.flatMap(({ config: { url } = {} }) => (url === undefined ? [] : passwordsIn(url)));
  return [...(logins === undefined ? [] : loginSecrets(decoded(logins))), ...passwords];
}

interface PorterConfig {
  readonly storage?: readonly { readonly config?: { readonly url?: string } }[];
}

/** What is secret in a Docker configuration (JSON); `auth` is base64 of `user:password`. */
function loginSecrets(dockerConfig: string): string[] {
  const { auths = {} } = JSON.parse(dockerConfig) as { auths?: Record<string, RegistryLogin> };
  return Object.values(auths).flatMap(({ auth = '', password, identitytoken, registrytoken }) => {
    const [, ...fromAuth] = decoded(auth).split(':');
    const secrets = [auth, password, identitytoken, registrytoken, fromAuth.join(':')];
    return secrets.flatMap((secret = '') => (secret === '' ? [] : [secret]));
  });
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
