import type { ConnectionOptions } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { apiVersionOf } from '../../runtime/client/resource.js';
import type { KubernetesJson, ObjectKey, Resource, Stored } from '../../runtime/client/index.js';

/** An answer of the API server that is not a success. */
export class KubeError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: unknown,
  ) {
    super(message);
    this.name = 'KubeError';
  }
}

export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export interface WatchEvent<T extends KubernetesJson> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: Stored<T>;
}

interface CallOptions {
  query?: Record<string, string | undefined>;
  body?: unknown;
  /** Instead of `body`: sent as it is. */
  text?: string;
  contentType?: string;
  accept?: string;
}

const REQUEST_DEADLINE_MS = 60_000;
/** More requests at once only make the API server slower. */
const CONNECTIONS = 32;

/**
 * The tests' own way to the API server. It shares no code with the product's client, so that a mistake there cannot
 * hide itself here, and it never retries: a test wants to see the first answer.
 */
export class KubeApi {
  private readonly impersonation: Record<string, string>;

  private constructor(
    private readonly origin: string,
    private readonly connections: { requests: Agent; watches: Agent },
    private readonly headers: Record<string, string>,
    user?: string,
    /** Texts of the `Warning` headers of all answers so far. */
    readonly warnings: string[] = [],
  ) {
    this.impersonation = user === undefined ? {} : { 'impersonate-user': user };
  }

  /** Reads a kubeconfig file; every authentication method of client-node works. */
  static async fromKubeconfig(file: string): Promise<KubeApi> {
    // Imported late: it takes 60 MB, which the floor operator of the bench must not pay for.
    const { KubeConfig } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    config.loadFromFile(file);
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) throw new Error(`${file} has no current cluster`);
    const options: ConnectionOptions & { headers?: Record<string, string> } = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key, rejectUnauthorized, servername, headers } = options;
    return KubeApi.connect(server, { ca, cert, key, rejectUnauthorized, servername }, { ...headers });
  }

  /** Connects to a server; `headers` go with every request. */
  static connect(server: string, connect: ConnectionOptions, headers: Record<string, string>): KubeApi {
    const requests = new Agent({ connect, connections: CONNECTIONS });
    const watches = new Agent({ connect, bodyTimeout: 0 });
    return new KubeApi(server.replace(/\/$/, ''), { requests, watches }, headers);
  }

  /** The same server, seen as another user; what RBAC forbids that user is refused. */
  as(user: string): KubeApi {
    return new KubeApi(this.origin, this.connections, this.headers, user, this.warnings);
  }

  async get<T extends KubernetesJson>(resource: Resource<T>, key: ObjectKey): Promise<Stored<T>> {
    return (await this.call('GET', objectPath(resource, key))) as Stored<T>;
  }

  /** The object, or `undefined` when the server says 404. */
  async find<T extends KubernetesJson>(resource: Resource<T>, key: ObjectKey): Promise<Stored<T> | undefined> {
    try {
      return await this.get(resource, key);
    } catch (error) {
      if (error instanceof KubeError && error.code === 404) return undefined;
      throw error;
    }
  }

  async list<T extends KubernetesJson>(resource: Resource<T>, options: ListOptions = {}): Promise<Stored<T>[]> {
    return (await this.listWithVersion(resource, options)).items;
  }

  async create<T extends KubernetesJson>(resource: Resource<T>, object: T): Promise<Stored<T>> {
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return (await this.call('POST', collectionPath(resource, object.metadata.namespace), { body })) as Stored<T>;
  }

  /** Creates from text, for what JavaScript's own JSON would change (large numbers, repeated keys). */
  async createText(resource: Resource, namespace: string, text: string): Promise<void> {
    await this.call('POST', collectionPath(resource, namespace), { text });
  }

  /** The printer columns that `kubectl get -o wide` shows: one record per object, by column name. */
  async table(resource: Resource, namespace: string): Promise<Record<string, unknown>[]> {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const table = (await this.call('GET', collectionPath(resource, namespace), { accept })) as {
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[] }[];
    };
    const names = table.columnDefinitions.map(({ name }) => name);
    return table.rows.map(({ cells }) =>
      Object.fromEntries(cells.map((cell, index) => [names[index] ?? '', cell] as const)),
    );
  }

  /** JSON merge patch of everything but the status. */
  async patch<T extends KubernetesJson>(resource: Resource<T>, key: ObjectKey, patch: object): Promise<Stored<T>> {
    return (await this.call('PATCH', objectPath(resource, key), mergePatch(patch))) as Stored<T>;
  }

  async patchStatus<T extends KubernetesJson>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: object,
  ): Promise<Stored<T>> {
    return (await this.call('PATCH', `${objectPath(resource, key)}/status`, mergePatch(patch))) as Stored<T>;
  }

  /** Server-side apply by the field manager `tests`. */
  async apply<T extends KubernetesJson>(resource: Resource<T>, object: T): Promise<Stored<T>> {
    const { name, namespace } = object.metadata;
    return (await this.call('PATCH', objectPath(resource, { namespace, name }), {
      query: { fieldManager: 'tests', force: 'true' },
      body: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object },
      contentType: 'application/apply-patch+yaml',
    })) as Stored<T>;
  }

  /** Deletes; an object that is not there is no error. */
  async delete(
    resource: Resource,
    key: ObjectKey,
    propagationPolicy: 'Background' | 'Foreground' | 'Orphan' = 'Background',
  ): Promise<void> {
    try {
      await this.call('DELETE', objectPath(resource, key), { body: { propagationPolicy } });
    } catch (error) {
      if (!(error instanceof KubeError && error.code === 404)) throw error;
    }
  }

  /** Any request; `path` begins with `/`. Answers that are not JSON come back as text. */
  async call(method: Dispatcher.HttpMethod, path: string, options: CallOptions = {}): Promise<unknown> {
    const content = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const answer = await this.connections.requests.request({
      origin: this.origin,
      path: path + queryText(options.query),
      method,
      headers: {
        ...this.headers,
        ...this.impersonation,
        accept: options.accept ?? 'application/json',
        ...(content === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
      },
      body: content ?? null,
      signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
    });
    const text = await answer.body.text();
    this.warnings.push(...[answer.headers['warning'] ?? []].flat());
    const body: unknown = String(answer.headers['content-type']).startsWith('application/json')
      ? JSON.parse(text)
      : text;
    if (answer.statusCode >= 300) throw errorFrom(answer.statusCode, body);
    return body;
  }

  /**
   * Calls `onEvent` for every object there is (as ADDED) and for every later change, until the signal is aborted.
   * Resolves once the first list has been delivered. A watch that ends is taken up where it ended; when the server no longer knows
   * that version, what a new list has or lacks is told as if it had been watched; of what it lacks only the identity is known.
   */
  async watch<T extends KubernetesJson>(
    resource: Resource<T>,
    options: ListOptions,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const first = await this.listWithVersion(resource, options);
    const known = new KnownObjects<T>(onEvent);
    known.listed(first.items);
    void this.follow(resource, { options, known, from: first.version, signal });
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await Promise.all([this.connections.requests.destroy(), this.connections.watches.destroy()]);
  }

  private async listWithVersion<T extends KubernetesJson>(resource: Resource<T>, options: ListOptions) {
    const { namespace, ...query } = options;
    const list = (await this.call('GET', collectionPath(resource, namespace), { query })) as {
      metadata: { resourceVersion: string };
      items: Stored<T>[];
    };
    const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    return { version: list.metadata.resourceVersion, items: list.items.map((item) => ({ ...identity, ...item })) };
  }

  private async follow<T extends KubernetesJson>(
    resource: Resource<T>,
    {
      options,
      known,
      from,
      signal,
    }: { options: ListOptions; known: KnownObjects<T>; from: string; signal: AbortSignal },
  ): Promise<void> {
    let version: string | undefined = from;
    while (!signal.aborted) {
      try {
        if (version === undefined) {
          const again = await this.listWithVersion(resource, options);
          known.listed(again.items);
          version = again.version;
        }
        for await (const line of this.lines(resource, options, version, signal)) {
          const event = JSON.parse(line) as { type: string; object: Stored<T> };
          if (event.type === 'ERROR') throw new KubeError(410, 'Expired', line);
          version = event.object.metadata.resourceVersion;
          if (event.type !== 'BOOKMARK') known.watched(event as WatchEvent<T>);
        }
      } catch (error) {
        if (error instanceof KubeError) version = undefined;
        await delay(200, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async *lines(
    resource: Resource,
    { namespace, ...selectors }: ListOptions,
    resourceVersion: string,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const query = queryText({ ...selectors, watch: 'true', allowWatchBookmarks: 'true', resourceVersion });
    const answer = await this.connections.watches.request({
      origin: this.origin,
      path: collectionPath(resource, namespace) + query,
      method: 'GET',
      headers: { ...this.headers, accept: 'application/json' },
      signal,
    });
    if (answer.statusCode !== 200) throw errorFrom(answer.statusCode, await answer.body.text());
    let rest = '';
    answer.body.setEncoding('utf8');
    for await (const chunk of answer.body as AsyncIterable<string>) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      yield* parts.filter((line) => line !== '');
    }
  }
}

/** What a watch has told of, so that a list can be told as changes; only what identifies it, since there may be many. */
class KnownObjects<T extends KubernetesJson> {
  private readonly objects = new Map<string, Stored<T>>();

  constructor(private readonly onEvent: (event: WatchEvent<T>) => void) {}

  watched(event: WatchEvent<T>): void {
    const { uid } = event.object.metadata;
    if (event.type === 'DELETED') this.objects.delete(uid);
    else this.objects.set(uid, identityOf(event.object));
    this.onEvent(event);
  }

  listed(items: readonly Stored<T>[]): void {
    const present = new Set(items.map(({ metadata }) => metadata.uid));
    for (const [uid, object] of [...this.objects]) if (!present.has(uid)) this.watched({ type: 'DELETED', object });
    for (const object of items) {
      const before = this.objects.get(object.metadata.uid);
      if (before?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      this.watched({ type: before === undefined ? 'ADDED' : 'MODIFIED', object });
    }
  }
}

export function objectPath(resource: Resource, key: ObjectKey): string {
  return `${collectionPath(resource, key.namespace)}/${encodeURIComponent(key.name)}`;
}

export function collectionPath(resource: Resource, namespace?: string): string {
  const group = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`;
  return namespace !== undefined && resource.namespaced
    ? `${group}/namespaces/${namespace}/${resource.plural}`
    : `${group}/${resource.plural}`;
}

function identityOf<T extends KubernetesJson>({ metadata }: Stored<T>): Stored<T> {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { metadata: { name, namespace, uid, resourceVersion } } as Stored<T>;
}

function queryText(query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

function mergePatch(body: object): CallOptions {
  return { body, contentType: 'application/merge-patch+json' };
}

function errorFrom(code: number, body: unknown): KubeError {
  if (typeof body === 'string') return new KubeError(code, 'Unknown', body);
  const status = body as { reason?: string; message?: string; details?: unknown };
  return new KubeError(code, status.reason ?? 'Unknown', status.message ?? JSON.stringify(body), status.details);
}
