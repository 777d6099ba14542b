/** How to log in to a registry. */
export type RegistryLogin =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'identityToken'; readonly token: string };

/** A `config.json` that cannot be used, and what about it. */
export class DockerConfigError extends Error {
  override readonly name = 'DockerConfigError';
}

interface AuthEntry {
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
}

interface ConfigFile {
  auths?: Record<string, AuthEntry | null>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
}

/** What a pull secret (`.dockerconfigjson`, `~/.docker/config.json`) says about registries. Nothing is ever executed. */
export class DockerConfig {
  private constructor(private readonly file: ConfigFile) {}

  /** @throws {@link DockerConfigError} when the text is not such a file */
  static parse(text: string): DockerConfig {
    let file: unknown;
    try {
      file = JSON.parse(text);
    } catch {
      throw new DockerConfigError('the registry credentials (config.json) are not JSON');
    }
    if (typeof file !== 'object' || file === null || Array.isArray(file)) {
      throw new DockerConfigError('the registry credentials (config.json) are not an object');
    }
    return new DockerConfig(file);
  }

  static empty(): DockerConfig {
    return new DockerConfig({});
  }

  /**
   * The login for a repository, by the longest matching entry; undefined: none, ask anonymously.
   * @throws {@link DockerConfigError} when the entry is broken, or is kept by a credential helper, which is not run
   */
  loginFor(registry: string, repository: string): RegistryLogin | undefined {
    const entries = Object.entries(this.file.auths ?? {}).filter(([, entry]) => entry !== null);
    const [best] = entries
      .map(([key, entry]) => ({ key, entry: entry ?? {}, path: matchedPath(key, registry, repository) }))
      .filter((candidate) => candidate.path !== undefined && isFilled(candidate.entry))
      .sort((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0));
    if (best !== undefined) return loginOf(best.key, best.entry);
    this.refuseHelper(registry, repository);
    return undefined;
  }

  private refuseHelper(registry: string, repository: string): void {
    const helpers = Object.entries(this.file.credHelpers ?? {});
    const [, helper = this.file.credsStore] =
      helpers.find(([key]) => matchedPath(key, registry, repository) !== undefined) ?? [];
    if (helper === undefined || helper === '') return;
    throw new DockerConfigError(
      `the login of registry ${registry} is kept by the credential helper docker-credential-${helper}, which is not run here: put it under auths`,
    );
  }
}

/** Docker writes an empty entry for each registry whose login a helper keeps. */
function isFilled({ auth, username, identitytoken }: AuthEntry): boolean {
  return [auth, username, identitytoken].some((field) => field !== undefined && field !== '');
}

function loginOf(key: string, entry: AuthEntry): RegistryLogin {
  if (entry.identitytoken !== undefined && entry.identitytoken !== '') {
    return { kind: 'identityToken', token: entry.identitytoken };
  }
  if (entry.username !== undefined && entry.username !== '') {
    return { kind: 'password', username: entry.username, password: entry.password ?? '' };
  }
  const decoded = Buffer.from(entry.auth ?? '', 'base64').toString();
  const colon = decoded.indexOf(':');
  if (colon < 1) throw new DockerConfigError(`the registry credentials for ${key} are not "user:password" in base64`);
  return {
    kind: 'password',
    username: decoded.slice(0, colon),
    password: decoded.slice(colon + 1).replace(/\0+$/, ''),
  };
}

/** The path part of an entry that is meant for the repository (`''`: the whole registry); undefined: another one's. */
function matchedPath(key: string, registry: string, repository: string): string | undefined {
  const [host = '', ...segments] = key.replace(/^https?:\/\//, '').split('/');
  const path = segments.join('/').replace(/^v[12]\/?$|\/+$/g, '');
  if (!hostMatches(host, registry)) return undefined;
  return path === '' || repository === path || repository.startsWith(`${path}/`) ? path : undefined;
}

/** Hosts are equal, or the entry has `*` for whole or partial labels, as kubelet allows. */
function hostMatches(pattern: string, registry: string): boolean {
  const wanted = canonicalHost(registry).split('.');
  const labels = canonicalHost(pattern).split('.');
  return labels.length === wanted.length && labels.every((label, at) => labelMatches(label, wanted[at] ?? ''));
}

function labelMatches(pattern: string, label: string): boolean {
  if (!pattern.includes('*')) return pattern === label;
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.at(-1) ?? '';
  return (
    rest.length === 1 && label.length >= start.length + end.length && label.startsWith(start) && label.endsWith(end)
  );
}

function canonicalHost(host: string): string {
  const name = host.toLowerCase();
  return name === 'index.docker.io' || name === 'registry-1.docker.io' ? 'docker.io' : name;
}
