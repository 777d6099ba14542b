/** A reference that names no image, and why. */
export class InvalidReferenceError extends Error {
  constructor(reference: string, problem: string) {
    super(`invalid image reference ${JSON.stringify(withoutCredentials(reference))}: ${problem}`);
    this.name = 'InvalidReferenceError';
  }
}

/** Where an artifact lives: `registry` with its port, a repository, and a tag, a digest, both or neither. */
export interface Reference {
  /** `registry.example:5000`, `[::1]:5000`; `docker.io` where the text names none. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:` and 64 hex digits (or sha512 and 128); wins over the tag. */
  readonly digest?: string;
}

const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?)(?::[0-9]{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][-A-Za-z0-9_.]{0,127}$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const DOCKER_HUB = 'docker.io';

/**
 * Reads `[HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST]` as Docker does: the first part is a host if it has a dot, a colon, or
 * is `localhost`.
 * @throws {@link InvalidReferenceError} also for a scheme and for credentials, which have no place in a reference
 */
export function parseReference(text: string): Reference {
  if (text.includes('://')) throw new InvalidReferenceError(text, 'leave out the scheme');
  if (text.length > 1024) throw new InvalidReferenceError(text.slice(0, 64), 'longer than 1024 characters');
  const { registry, rest } = splitHost(text);
  if (!HOST.test(registry)) throw new InvalidReferenceError(text, hostProblem(registry));
  const [name = '', digest, ...more] = rest.split('@');
  if (more.length > 0) throw new InvalidReferenceError(text, 'more than one "@"');
  const colon = name.indexOf(':');
  const path = colon < 0 ? name : name.slice(0, colon);
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  const repository = registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path;
  return checked(text, {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  });
}

/** The text form, digest and tag included; parses back to the same reference. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Whether a text is a digest that content can be checked against. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

function splitHost(text: string): { registry: string; rest: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const isHost = first === 'localhost' || /[.:@[]/.test(first);
  return isHost ? { registry: first, rest: text.slice(slash + 1) } : { registry: DOCKER_HUB, rest: text };
}

function hostProblem(host: string): string {
  return host.includes('@') ? 'credentials belong in a pull secret' : `${JSON.stringify(host)} is no host`;
}

function checked(text: string, reference: Reference): Reference {
  const { repository, tag, digest } = reference;
  if (!REPOSITORY.test(repository)) {
    throw new InvalidReferenceError(
      text,
      repository === ''
        ? 'it names no repository'
        : 'a repository is lower-case letters, digits, ".", "_", "-" and "/"',
    );
  }
  if (repository.length > 255) throw new InvalidReferenceError(text, 'the repository is longer than 255 characters');
  if (tag !== undefined && !TAG.test(tag)) throw new InvalidReferenceError(text, `${JSON.stringify(tag)} is no tag`);
  if (digest !== undefined && !DIGEST.test(digest))
    throw new InvalidReferenceError(text, 'the digest is not sha256 or sha512 in hex');
  return reference;
}

/** What stands before an `@` in the host part may be a password. */
function withoutCredentials(text: string): string {
  return text.replace(/^([a-z]+:\/\/)?[^/]*@(?=[^/@]*\/)/i, '$1***@');
}
