import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubernetesJson, ObjectKey, Resource } from '../../runtime/client/index.js';
import { apiVersionOf } from '../../runtime/client/index.js';
import type { Loose, Place, StoreEvent } from './fake-store.js';
import { applyMergePatch, FakeStore, Refusal, selects } from './fake-store.js';

/** One request as it came in. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
  readonly watch: boolean;
}

/**
 * What to do with a request instead of answering it: a reply of one's own, a connection reset before (`reset`) or after
 * (`lose the reply`) the effect, or no answer at all.
 */
export type Fault =
  'reset' | 'lose the reply' | 'hang' | { code: number; headers?: Record<string, string>; body?: object | string };

interface Route {
  place: Place;
  collection: boolean;
  subresource?: string;
}

interface Watch {
  readonly response: ServerResponse;
  readonly stop: () => void;
}

/**
 * An API server for tests, over HTTP on the loopback: any kind, with real resource versions, pages, watches, bookmarks,
 * 409, 410, merge patch, finalizers and a status subresource on every kind. Server-side apply merges and never removes.
 */
export class FakeApiServer {
  readonly store = new FakeStore();
  /** All requests so far, watches included. */
  readonly seen: Seen[] = [];
  /** Decides on faults; asked for every request. */
  fault: (request: Seen) => Fault | undefined = () => undefined;
  /** What a request has to wait for before it has its effect. */
  delay: (request: Seen) => Promise<void> | undefined = () => undefined;

  /** Whether lists may be asked for as streams, as of Kubernetes 1.34; an older server refuses. */
  streamsLists = false;
  /** What the next streamed lists say instead, each of which then breaks off unless it is complete. */
  listScript: { type: string; object: object }[][] = [];

  private readonly watches = new Set<Watch>();
  private readonly pages = new Map<string, { items: Loose[]; version: number }>();
  private server: Server | undefined;

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.dropWatches();
    const { server } = this;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server?.address() as AddressInfo).port}`;
  }

  kubeConfig(token = 'secret'): KubeConfig {
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: 'fake', server: this.url, skipTLSVerify: true }, { name: 'test', token });
    return config;
  }

  /** Puts an object there, with its status and its uid if it has one, as if somebody else had; an existing one is replaced. */
  put<T extends KubernetesJson>(resource: Resource<T>, object: T): T {
    const kind = kindOf(resource);
    const given = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    const place = { kind, namespace: object.metadata.namespace, name: object.metadata.name };
    const before = this.store.find(place);
    if (before === undefined) return this.store.create(kind, given, object.metadata.uid) as unknown as T;
    const { uid, resourceVersion, generation, creationTimestamp } = before.metadata;
    const metadata = { ...given.metadata, uid, resourceVersion, generation, creationTimestamp };
    return this.store.update(place, { ...given, metadata } as unknown as Loose, 'all') as unknown as T;
  }

  get<T extends KubernetesJson>(resource: Resource<T>, key: ObjectKey): T | undefined {
    return this.store.find({ kind: kindOf(resource), ...key }) as unknown as T | undefined;
  }

  list<T extends KubernetesJson>(resource: Resource<T>, namespace?: string): T[] {
    return this.store.list(kindOf(resource), { namespace }) as unknown as T[];
  }

  remove(resource: Resource, key: ObjectKey): void {
    this.store.delete({ kind: kindOf(resource), ...key });
  }

  /** Requests that are no watches, by method and path. */
  requests(method?: string, path?: RegExp): Seen[] {
    return this.seen.filter(
      (one) => !one.watch && (method === undefined || one.method === method) && (path?.test(one.path) ?? true),
    );
  }

  /** Called for every TCP connection. */
  onConnection(listener: () => void): void {
    this.server?.on('connection', listener);
  }

  get openWatches(): number {
    return this.watches.size;
  }

  /** Resets the connections of all watches. */
  dropWatches(): void {
    for (const watch of this.watches) this.forget(watch).destroy();
  }

  /** Ends all watches in order, as a server's own timeout does. */
  endWatches(): void {
    for (const watch of this.watches) this.forget(watch).end();
  }

  /** Writes raw text into all watches. */
  sayToWatches(text: string): void {
    for (const { response } of this.watches) response.write(text);
  }

  /** Tells all watches how far the world has got. */
  bookmark(): void {
    const object = { kind: 'Bookmark', metadata: { resourceVersion: `${this.store.version}` } };
    this.sayToWatches(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const seen: Seen = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      contentType: request.headers['content-type'] ?? '',
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
      watch: url.searchParams.get('watch') === 'true',
    };
    this.seen.push(seen);
    await this.delay(seen);
    const fault = this.fault(seen);
    if (fault === 'hang') return;
    if (fault === 'reset') response.destroy();
    else if (typeof fault === 'object') reply(response, fault.code, fault.body ?? {}, fault.headers);
    else this.answer(seen, response, fault === 'lose the reply');
  }

  private answer(seen: Seen, response: ServerResponse, lose: boolean): void {
    try {
      const route = routeOf(seen.path);
      if (seen.watch) {
        this.watch(route, seen, response);
        return;
      }
      const result = this.effect(route, seen);
      if (lose) response.destroy();
      else reply(response, seen.method === 'POST' ? 201 : 200, result);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, reason, message, details } = error;
      reply(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details });
    }
  }

  private effect(route: Route, { method, query, body, contentType, headers }: Seen): object {
    const { place, subresource } = route;
    const part = subresource === 'status' ? 'status' : 'main';
    switch (method) {
      case 'GET':
        if (route.collection) return this.page(route, query, headers.accept ?? '');
        return shown(this.store.get(place), headers.accept ?? '');
      case 'POST':
        return this.store.create(place.kind, this.admitted(route, body as Loose));
      case 'PUT':
        return this.store.update(place, withIdentity(this.store.get(place), body as Loose), part);
      case 'PATCH':
        return this.patch(place, body, { part, apply: contentType.includes('apply') });
      case 'DELETE':
        return this.store.delete(place, (body as { preconditions?: object } | undefined)?.preconditions);
      default:
        throw new Refusal(405, 'MethodNotAllowed', method);
    }
  }

  private admitted({ place }: Route, object: Loose): Loose {
    const { status: _dropped, ...rest } = object;
    return { ...rest, metadata: { ...object.metadata, namespace: place.namespace } };
  }

  private patch(place: Place, patch: unknown, how: { part: 'main' | 'status'; apply: boolean }): object {
    const before = this.store.find(place);
    if (before === undefined && how.apply) return this.store.create(place.kind, patch as Loose);
    const next = applyMergePatch(this.store.get(place), patch) as Loose;
    return this.store.update(place, next, how.part);
  }

  private page(route: Route, query: Seen['query'], accept: string): object {
    const limit = Number(query['limit'] ?? Infinity);
    const { items, version } = this.snapshot(route, query);
    const page = items.slice(0, limit);
    const rest = items.slice(limit);
    const token = rest.length > 0 ? `${version}-${rest.length}-${this.seen.length}` : '';
    if (token !== '') this.pages.set(token, { items: rest, version });
    const metadata = { resourceVersion: `${version}`, continue: token };
    return { kind: 'List', apiVersion: 'v1', metadata, items: page.map((item) => shown(item, accept)) };
  }

  private snapshot({ place }: Route, query: Seen['query']): { items: Loose[]; version: number } {
    const token = query['continue'];
    if (token === undefined) {
      const { labelSelector, fieldSelector } = query;
      const filter = { namespace: place.namespace, labelSelector, fieldSelector };
      return { items: this.store.list(place.kind, filter), version: this.store.version };
    }
    const found = this.pages.get(token);
    if (found === undefined || found.version < this.store.compacted) {
      throw new Refusal(410, 'Expired', 'The provided continue parameter is too old');
    }
    return found;
  }

  private watch(route: Route, seen: Seen, response: ServerResponse): void {
    const { place } = route;
    const { query, headers } = seen;
    const isList = query['sendInitialEvents'] === 'true';
    if (isList && !this.streamsLists) throw new Refusal(422, 'Invalid', 'sendInitialEvents is forbidden for watch');
    const from = isList ? this.store.version : Number(query['resourceVersion'] ?? 0);
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    const script = isList ? this.listScript.shift() : undefined;
    if (script !== undefined) {
      for (const line of script) response.write(`${JSON.stringify(line)}\n`);
      setTimeout(() => response.destroy(), 20);
      return;
    }
    if (isList) this.tellAll(place, seen, response);
    if (from < this.store.compacted) {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: `too old resource version: ${from}` };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    const { labelSelector } = query;
    const tell = ({ type, kind, object }: StoreEvent) => {
      if (kind !== place.kind || !selects({ namespace: place.namespace, labelSelector }, object)) return;
      response.write(`${JSON.stringify({ type, object: shown(object, headers.accept ?? '') })}\n`);
    };
    const watch = { response, stop: this.store.follow(from, tell) };
    this.watches.add(watch);
    response.on('close', () => this.forget(watch));
  }

  /** What there is, and then that this was all. */
  private tellAll({ kind, namespace }: Place, { query, headers }: Seen, response: ServerResponse): void {
    const say = (type: string, object: object) => response.write(`${JSON.stringify({ type, object })}\n`);
    for (const object of this.store.list(kind, { namespace, labelSelector: query['labelSelector'] }))
      say('ADDED', shown(object, headers.accept ?? ''));
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    say('BOOKMARK', { metadata: { resourceVersion: `${this.store.version}`, annotations } });
  }

  private forget(watch: Watch): ServerResponse {
    watch.stop();
    this.watches.delete(watch);
    return watch.response;
  }
}

function kindOf({ group, plural }: Resource): string {
  return `${group}/${plural}`;
}

function routeOf(path: string): Route {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  const core = parts[0] === 'api';
  const group = core ? '' : (parts[1] ?? '');
  let rest = parts.slice(core ? 2 : 3);
  let namespace: string | undefined;
  if (rest[0] === 'namespaces' && rest.length > 2) [, namespace, ...rest] = rest;
  const [plural = '', name = '', subresource] = rest;
  return { place: { kind: `${group}/${plural}`, namespace, name }, collection: rest.length === 1, subresource };
}

/** As `PartialObjectMetadata` when that is asked for. */
function shown(object: Loose, accept: string): object {
  if (!accept.includes('PartialObjectMetadata')) return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function withIdentity(before: Loose, given: Loose): Loose {
  const { uid, creationTimestamp, generation, deletionTimestamp } = before.metadata;
  return { ...given, metadata: { ...given.metadata, uid, creationTimestamp, generation, deletionTimestamp } };
}

function reply(
  response: ServerResponse,
  code: number,
  body: object | string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
