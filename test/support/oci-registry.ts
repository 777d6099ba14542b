import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What a test may ask of the registry beyond content. */
export interface OciRegistryOptions {
  /** Who may read; `bearer` makes the registry its own token service. */
  auth?: { kind: 'basic' | 'bearer'; username: string; password: string };
  tls?: { cert: string; key: string };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => boolean;

const TOKEN = 'a-token-of-this-registry';

/** An OCI registry in this process, on loopback: reads only, content put in by method calls. */
export class OciRegistry {
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
  private readonly blobs = new Map<string, Buffer>();
  private readonly manifests = new Map<string, { body: Buffer; mediaType: string }>();
  private readonly tagLists = new Map<string, Set<string>>();
  private readonly interceptors: Handler[] = [];
  private server?: Server;

  constructor(private readonly options: OciRegistryOptions = {}) {}

  async start(): Promise<this> {
    const handle = (request: IncomingMessage, response: ServerResponse) => this.serve(request, response);
    const { tls } = this.options;
    this.server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  /** `127.0.0.1:PORT`: the registry part of references. */
  get host(): string {
    return `127.0.0.1:${(this.server?.address() as AddressInfo).port}`;
  }

  /** A handler that is asked before the registry itself; it returns true when it has answered. */
  intercept(handler: Handler): void {
    this.interceptors.push(handler);
  }

  putBlob(content: string | Buffer): { digest: string; size: number } {
    const body = Buffer.from(content);
    const digest = digestOf(body);
    this.blobs.set(digest, body);
    return { digest, size: body.length };
  }

  /** Stores a manifest by its digest and, where given, under a tag. */
  putManifest(repository: string, content: object, tag?: string): { digest: string; size: number; mediaType: string } {
    const body = Buffer.from(JSON.stringify(content));
    const digest = digestOf(body);
    const { mediaType = 'application/vnd.oci.image.manifest.v1+json' } = content as { mediaType?: string };
    this.manifests.set(`${repository}@${digest}`, { body, mediaType });
    if (tag !== undefined) {
      this.manifests.set(`${repository}:${tag}`, { body, mediaType });
      const tags = this.tagLists.get(repository) ?? new Set<string>();
      this.tagLists.set(repository, tags.add(tag));
    }
    return { digest, size: body.length, mediaType };
  }

  /**
   * Publishes a bundle as Porter does: an index of a config manifest and an invocation image. Returns the digests and the
   * bundle with its image filled in.
   */
  putBundle(repository: string, definition: object, tag: string) {
    const config = this.putBlob('{"architecture":"amd64","os":"linux"}');
    const image = this.putManifest(repository, {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers: [],
    });
    const bundle = {
      ...definition,
      invocationImages: [
        {
          image: `${this.host}/${repository}:inv`,
          imageType: 'docker',
          contentDigest: image.digest,
          mediaType: image.mediaType,
          size: image.size,
        },
      ],
    };
    const blob = { mediaType: 'application/vnd.cnab.config.v1+json', ...this.putBlob(JSON.stringify(bundle)) };
    const described = this.putManifest(repository, {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: blob,
      layers: [blob],
    });
    const index = this.putManifest(
      repository,
      {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: [
          { ...described, annotations: { 'io.cnab.manifest.type': 'config' } },
          { ...image, annotations: { 'io.cnab.manifest.type': 'invocation' } },
        ],
        annotations: { 'org.opencontainers.artifactType': 'application/vnd.cnab.manifest.v1' },
      },
      tag,
    );
    return { digest: index.digest, imageDigest: image.digest, bundle, reference: `${this.host}/${repository}:${tag}` };
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url = '/', headers } = request;
    this.requests.push({ method, url, headers });
    if (this.interceptors.some((handler) => handler(request, response))) return;
    const target = new URL(url, 'http://registry');
    if (target.pathname === '/token') {
      this.serveToken(request, response);
      return;
    }
    if (!this.mayRead(headers.authorization)) {
      this.challenge(request, response);
      return;
    }
    const match = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(target.pathname);
    if (match === null) {
      answer(response, 404, {});
      return;
    }
    const [, repository = '', kind = '', name = ''] = match;
    if (kind === 'manifests') {
      this.serveManifest(response, repository, name);
      return;
    }
    if (kind === 'blobs') {
      this.serveBlob(response, name);
      return;
    }
    this.serveTags(response, repository, target.searchParams);
  }

  private serveManifest(response: ServerResponse, repository: string, name: string): void {
    const found = this.manifests.get(`${repository}${name.includes(':') ? '@' : ':'}${name}`);
    if (found === undefined) {
      answer(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] });
      return;
    }
    response.writeHead(200, { 'content-type': found.mediaType, 'docker-content-digest': digestOf(found.body) });
    response.end(found.body);
  }

  private serveBlob(response: ServerResponse, digest: string): void {
    const body = this.blobs.get(digest);
    if (body === undefined) {
      answer(response, 404, { errors: [{ code: 'BLOB_UNKNOWN', message: 'no such blob' }] });
      return;
    }
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(body);
  }

  /** Two tags a page, so that paging is always exercised. */
  private serveTags(response: ServerResponse, repository: string, query: URLSearchParams): void {
    const tags = [...(this.tagLists.get(repository) ?? [])].sort();
    const from = tags.findIndex((tag) => tag > (query.get('last') ?? ''));
    const page = from < 0 ? [] : tags.slice(from, from + 2);
    const last = page.at(-1);
    if (last !== undefined && last !== tags.at(-1)) {
      response.setHeader('link', `</v2/${repository}/tags/list?n=2&last=${last}>; rel="next"`);
    }
    answer(response, 200, { name: repository, tags: page });
  }

  private mayRead(authorization: string | undefined): boolean {
    const { auth } = this.options;
    if (auth === undefined) return true;
    return authorization === (auth.kind === 'basic' ? this.basic() : `Bearer ${TOKEN}`);
  }

  private basic(): string {
    const { username = '', password = '' } = this.options.auth ?? {};
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  private challenge(request: IncomingMessage, response: ServerResponse): void {
    const scheme = this.options.tls === undefined ? 'http' : 'https';
    const realm = `${scheme}://${request.headers.host ?? ''}/token`;
    const bearer = `Bearer realm="${realm}",service="registry, for tests",scope="repository:hello:pull"`;
    response.setHeader('www-authenticate', this.options.auth?.kind === 'basic' ? 'Basic realm="registry"' : bearer);
    answer(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
  }

  private serveToken(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'POST') {
      answer(response, 200, { access_token: TOKEN });
      return;
    }
    if (request.headers.authorization !== this.basic()) {
      answer(response, 401, {});
      return;
    }
    answer(response, 200, { token: TOKEN });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function digestOf(body: Buffer): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}
