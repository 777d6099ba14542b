import { randomUUID } from 'node:crypto';
import {
  apiErrorOfStatus,
  type ApiError,
  type ApiRequest,
  type Job,
  type KubernetesJson,
  type Pod,
  type Secret,
  type Transport,
} from '../../../runtime/client/index.js';
import type { FakeTime } from './fake-time.js';
import { Steps } from './steps.js';

type Stored = KubernetesJson & { kind: string } & Record<string, unknown>;

/** Called for each object that was created or changed. */
export type Reactor = (kind: string, object: Stored) => void;

const PATH = /^\/(?:api\/v1|apis\/[^/]+\/v1)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/;

/** As much of an API server as agents need: Jobs, Pods, Secrets and logs, with preconditions and owners. */
export class FakeCluster implements Transport {
  readonly requests: string[] = [];
  readonly logs = new Map<string, string>();
  /** Logs cannot be had. */
  isNodeGone = false;
  private readonly objects = new Map<string, Stored>();
  private readonly reactors: Reactor[] = [];
  private version = 1;

  constructor(
    private readonly time: FakeTime,
    private readonly steps = new Steps(),
  ) {}

  onChange(reactor: Reactor): void {
    this.reactors.push(reactor);
  }

  send(request: ApiRequest): Promise<string> {
    return this.steps.take(
      () => this.answer(request),
      () => status(0, 'Unreachable', 'connection closed'),
    );
  }

  stream(): AsyncIterable<string> {
    throw new Error('agents do not watch');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  jobs(): Job[] {
    return this.all('jobs');
  }

  pods(): Pod[] {
    return this.all('pods');
  }

  secrets(): Secret[] {
    return this.all('secrets');
  }

  secret(name: string): Secret | undefined {
    return this.secrets().find(({ metadata }) => metadata.name === name);
  }

  /** Stores an object as somebody else would. */
  put(plural: string, object: KubernetesJson): void {
    const { namespace = '', name } = object.metadata;
    const before = this.objects.get(`${plural}/${namespace}/${name}`);
    const metadata = {
      uid: randomUUID(),
      creationTimestamp: new Date(this.time.now()).toISOString(),
      ...before?.metadata,
      ...object.metadata,
      resourceVersion: String(this.version++),
    };
    const stored = structuredClone({ ...object, metadata }) as Stored;
    this.objects.set(`${plural}/${namespace}/${name}`, stored);
    for (const reactor of this.reactors) reactor(plural, stored);
  }

  /** Removes an object and, as the garbage collector would, what it owns. */
  remove(plural: string, name: string): void {
    for (const [key, object] of this.objects) {
      if (!key.startsWith(`${plural}/`) || object.metadata.name !== name) continue;
      this.objects.delete(key);
      for (const [other, dependent] of this.objects) {
        const owners = dependent.metadata.ownerReferences ?? [];
        if (owners.some(({ uid }) => uid === object.metadata.uid)) this.objects.delete(other);
      }
    }
  }

  private answer(request: ApiRequest): string {
    const [, namespace = '', plural = '', name, sub] = PATH.exec(request.path) ?? [];
    this.requests.push(
      `${request.method} ${plural}${name === undefined ? '' : '/NAME'}${sub === undefined ? '' : `/${sub}`}`,
    );
    if (sub === 'log') return this.log(name ?? '', String(request.query?.['container']));
    const key = `${plural}/${namespace}/${name ?? ''}`;
    switch (request.method) {
      case 'POST':
        return this.create(plural, namespace, request.body as KubernetesJson);
      case 'GET':
        return name === undefined ? this.list(plural, request) : JSON.stringify(this.existing(key));
      case 'PATCH':
        return this.patch(plural, this.existing(key), request.body as KubernetesJson);
      case 'DELETE':
        return this.delete(plural, this.existing(key), request.body as { preconditions?: { uid?: string } });
      case 'PUT':
        throw new Error('agents do not replace objects');
    }
  }

  private create(plural: string, namespace: string, object: KubernetesJson): string {
    const key = `${plural}/${namespace}/${object.metadata.name}`;
    if (this.objects.has(key)) throw status(409, 'AlreadyExists', `${key} already exists`);
    this.put(plural, { ...object, metadata: { ...object.metadata, namespace } });
    return JSON.stringify(this.existing(key));
  }

  private list(plural: string, { query }: ApiRequest): string {
    const wanted = String(query?.['labelSelector'] ?? '')
      .split(',')
      .filter((part) => part !== '');
    const items = this.all(plural).filter(({ metadata }) =>
      wanted.every((pair) => metadata.labels?.[pair.split('=')[0] ?? ''] === pair.split('=')[1]),
    );
    return JSON.stringify({ metadata: { resourceVersion: String(this.version) }, items });
  }

  private patch(plural: string, object: Stored, patch: KubernetesJson): string {
    const { resourceVersion } = (patch as Partial<KubernetesJson>).metadata ?? {};
    if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
      throw status(409, 'Conflict', 'the object has been modified');
    }
    this.put(plural, merged(object, patch) as KubernetesJson);
    return JSON.stringify(this.existing(`${plural}/${object.metadata.namespace ?? ''}/${object.metadata.name}`));
  }

  private delete(plural: string, object: Stored, { preconditions }: { preconditions?: { uid?: string } }): string {
    if (preconditions?.uid !== undefined && preconditions.uid !== object.metadata.uid) {
      throw status(409, 'Conflict', 'the uid is another one');
    }
    this.remove(plural, object.metadata.name);
    return '{}';
  }

  private log(pod: string, container: string): string {
    const text = this.logs.get(`${pod}/${container}`);
    if (this.isNodeGone) throw status(502, 'BadGateway', 'dial tcp: no route to host');
    if (text === undefined) throw status(404, 'NotFound', `no log of ${pod}/${container}`);
    return text;
  }

  private existing(key: string): Stored {
    const object = this.objects.get(key);
    if (object === undefined) throw status(404, 'NotFound', `${key} not found`);
    return structuredClone(object);
  }

  private all(plural: string): Stored[] {
    return [...this.objects]
      .filter(([key]) => key.startsWith(`${plural}/`))
      .map(([, object]) => structuredClone(object));
  }
}

function status(code: number, reason: string, message: string): ApiError {
  return apiErrorOfStatus({ code, reason, message });
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const kept = Object.entries({ ...(target as object) }).filter(([key]) => !Object.hasOwn(patch, key));
  const changed = Object.entries(patch).filter(([, value]) => value !== null);
  const before = target as Record<string, unknown> | undefined;
  return Object.fromEntries([...kept, ...changed.map(([key, value]) => [key, merged(before?.[key], value)])]);
}
