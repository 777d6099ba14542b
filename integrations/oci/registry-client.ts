import { createHash } from 'node:crypto';
import { DockerConfig } from './docker-config.js';
import { formatReference, isDigest, type Reference } from './reference.js';
import { RegistryError } from './registry-error.js';
import { RegistrySession } from './registry-session.js';
import { RegistryTransport, type TransportOptions } from './registry-transport.js';

/** One entry of a manifest: what, how long, and its digest. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest or an index, as JSON; which one, its media type and members tell. */
export interface ManifestContent {
  readonly mediaType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest with the digest of its very bytes. */
export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly content: ManifestContent;
}

/** Pages of a tag list beyond which no more are read. */
const MAX_TAG_PAGES = 100;
const MANIFEST_LIMIT = 4 << 20;
const TAGS_LIMIT = 8 << 20;
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * Reads from OCI registries. All that is returned was checked against its digest; sizes and times are bounded. Every
 * method throws RegistryError, whose `problem` says whether another try is worth it, or DockerConfigError.
 */
export class RegistryClient {
  private readonly transport: RegistryTransport;
  private readonly sessions = new Map<string, RegistrySession>();

  constructor(
    private readonly config: DockerConfig = DockerConfig.empty(),
    options: TransportOptions = {},
  ) {
    this.transport = new RegistryTransport(options);
  }

  /** The manifest or index that a reference names: its digest if it has one, else its tag (`latest` if none). */
  async manifest(reference: Reference): Promise<Manifest> {
    const wanted = reference.digest ?? reference.tag ?? 'latest';
    const reply = await this.session(reference).get(`manifests/${wanted}`, {
      accept: MANIFEST_TYPES,
      limit: MANIFEST_LIMIT,
    });
    const said = reply.header('docker-content-digest');
    const expected = reference.digest ?? (said !== undefined && isDigest(said) ? said : undefined);
    const digest = verifiedDigest(reply.body, expected, formatReference(reference));
    const content = jsonOf(reply.body, formatReference(reference));
    const mediaType = content.mediaType ?? reply.header('content-type')?.split(';')[0]?.trim() ?? '';
    return { digest, mediaType, content };
  }

  /** The bytes of a blob; `limit` bounds them whatever the descriptor claims. */
  async blob(reference: Reference, descriptor: Descriptor, limit: number): Promise<Buffer> {
    const { digest, size } = descriptor;
    const what = `${reference.registry}/${reference.repository}@${digest}`;
    if (!isDigest(digest)) throw new RegistryError(`${what}: not a digest`, 'Invalid');
    if (size > limit) throw new RegistryError(`${what}: ${size} bytes, more than ${limit}`, 'Invalid');
    const { body } = await this.session(reference).get(`blobs/${digest}`, { limit });
    if (body.length !== size) {
      throw new RegistryError(`${what}: ${body.length} bytes instead of ${size}`, 'Invalid');
    }
    verifiedDigest(body, digest, what);
    return body;
  }

  /** All tags of a repository, in the registry's order. */
  async tags(reference: Reference): Promise<string[]> {
    const tags: string[] = [];
    let path: string | undefined = 'tags/list?n=1000';
    for (let page = 0; path !== undefined && page < MAX_TAG_PAGES; page++) {
      const reply = await this.session(reference).get(path, { limit: TAGS_LIMIT });
      const listed = (jsonOf(reply.body, formatReference(reference)) as { tags?: unknown }).tags ?? [];
      if (Array.isArray(listed)) tags.push(...listed.filter((tag): tag is string => typeof tag === 'string'));
      path = nextPage(reply.header('link'));
    }
    return tags;
  }

  /** Ends the connections. */
  close(): Promise<void> {
    return this.transport.close();
  }

  private session({ registry, repository }: Reference): RegistrySession {
    const key = `${registry}/${repository}`;
    const session =
      this.sessions.get(key) ?? new RegistrySession(this.transport, this.config, { registry, repository });
    this.sessions.set(key, session);
    return session;
  }
}

function verifiedDigest(body: Buffer, expected: string | undefined, what: string): string {
  const algorithm = expected?.startsWith('sha512:') === true ? 'sha512' : 'sha256';
  const digest = `${algorithm}:${createHash(algorithm).update(body).digest('hex')}`;
  if (expected === undefined || digest === expected) return digest;
  throw new RegistryError(`${what}: the content has digest ${digest} instead of ${expected}`, 'Invalid');
}

function jsonOf(body: Buffer, what: string): ManifestContent {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new RegistryError(`${what}: the registry's reply is no JSON object`, 'Invalid');
}

/** Only the query of `Link: <…>; rel="next"` is taken, so that a registry cannot send us elsewhere. */
function nextPage(link: string | undefined): string | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  const query = target?.split('?')[1];
  return query === undefined ? undefined : `tags/list?${query}`;
}
