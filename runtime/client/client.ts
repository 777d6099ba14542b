import { inject, injectable } from 'inversify';
import { isNotFound } from './api-error.js';
import { PODS } from './core-resources.js';
import type { ListOptions, ListPage } from './list-pages.js';
import { listPages } from './list-pages.js';
import type { KubernetesJson, ObjectKey, Stored } from './objects.js';
import { keyOf } from './objects.js';
import { collectionPath, objectPath } from './paths.js';
import type { ApiRequest } from './request.js';
import { Transport } from './request.js';
import type { Resource } from './resource.js';
import { apiVersionOf } from './resource.js';
import type { Fence } from './write-fence.js';
import { NO_FENCE, WriteFence } from './write-fence.js';

/** What may be said with a deletion. */
export interface DeleteOptions {
  /** Only this incarnation; another one under the same name is a conflict. */
  uid?: string;
  /** Only this version. */
  resourceVersion?: string;
  /** What becomes of dependents; the server's default is Background for most kinds. */
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
}

/** Which part of a container's log. */
export interface LogOptions {
  container: string;
  tailLines?: number;
  limitBytes?: number;
  /** Of the run before the last restart. */
  previous?: boolean;
}

/** Is told of every object that a write returned. */
export type WriteListener = (resource: Resource, object: Stored<KubernetesJson>) => void;

/** Who writes, as `metadata.managedFields` shows it. */
const FIELD_MANAGER = 'porterops';

/**
 * Kubernetes by raw JSON: what the server sends is what the caller gets. Every call has a deadline, and failures are
 * `ApiError`. Calls are repeated only where that cannot have a second effect. What changes objects is only done while the
 * fence is open.
 */
@injectable()
export class Client {
  private readonly listeners: WriteListener[] = [];

  constructor(
    @inject(Transport) private readonly transport: Transport,
    @inject(WriteFence) private readonly fence: Fence = NO_FENCE,
  ) {}

  /** `listener` hears of the result of every create, apply, patch and replace. */
  onWrite(listener: WriteListener): void {
    this.listeners.push(listener);
  }

  async get<T extends KubernetesJson>(resource: Resource<T>, key: ObjectKey): Promise<Stored<T>> {
    return this.json({ method: 'GET', path: objectPath(resource, key), repeatable: true });
  }

  /** Like {@link get}, but `undefined` when it is not there. */
  async find<T extends KubernetesJson>(resource: Resource<T>, key: ObjectKey): Promise<Stored<T> | undefined> {
    try {
      return await this.get(resource, key);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list<T extends KubernetesJson>(resource: Resource<T>, options: ListOptions = {}): Promise<Stored<T>[]> {
    const items: Stored<T>[] = [];
    for await (const page of this.pages(resource, options)) items.push(...page.items);
    return items;
  }

  /** All pages of one consistent list; `Expired` (410) when the reader was too slow, then start over. */
  pages<T extends KubernetesJson>(resource: Resource<T>, options: ListOptions = {}): AsyncIterable<ListPage<T>> {
    return listPages(this.transport, resource, options);
  }

  async create<T extends KubernetesJson>(resource: Resource<T>, object: T): Promise<Stored<T>> {
    const path = collectionPath(resource, object.metadata.namespace);
    const body = typed(resource, object);
    return this.write(resource, { method: 'POST', path, query: MANAGER, body, repeatable: false });
  }

  /** Server-side apply, by force: the fields given become ours, those given before and not now are removed. */
  async apply<T extends KubernetesJson>(resource: Resource<T>, object: T): Promise<Stored<T>> {
    return this.write(resource, {
      method: 'PATCH',
      path: objectPath(resource, keyOf(object)),
      query: { ...MANAGER, force: true },
      body: typed(resource, object),
      contentType: 'application/apply-patch+yaml',
      repeatable: true,
    });
  }

  /** JSON merge patch; `metadata.resourceVersion` in it is a precondition. */
  async patch<T extends KubernetesJson>(resource: Resource<T>, key: ObjectKey, mergePatch: object): Promise<Stored<T>> {
    return this.write(resource, mergePatchOf(objectPath(resource, key), mergePatch));
  }

  /** The same for the status subresource; only `status` of the patch has an effect. */
  async patchStatus<T extends KubernetesJson>(
    resource: Resource<T>,
    key: ObjectKey,
    mergePatch: object,
  ): Promise<Stored<T>> {
    return this.write(resource, mergePatchOf(objectPath(resource, key, 'status'), mergePatch));
  }

  /** Replaces the whole object; with `metadata.resourceVersion` only that version. */
  async replace<T extends KubernetesJson>(resource: Resource<T>, object: T): Promise<Stored<T>> {
    const path = objectPath(resource, keyOf(object));
    const body = typed(resource, object);
    return this.write(resource, { method: 'PUT', path, query: MANAGER, body, repeatable: false });
  }

  /** Asks for deletion; that it is already gone is success. */
  async delete(resource: Resource, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagation, gracePeriodSeconds } = options;
    const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions,
      propagationPolicy: propagation,
      gracePeriodSeconds,
    };
    const repeatable = preconditions !== undefined;
    try {
      await this.transport.send(this.fenced({ method: 'DELETE', path: objectPath(resource, key), body, repeatable }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** What a container wrote, as text. */
  logs(pod: ObjectKey, options: LogOptions): Promise<string> {
    return this.transport.send({
      method: 'GET',
      path: objectPath(PODS, pod, 'log'),
      query: { ...options },
      accept: '*/*',
      repeatable: true,
    });
  }

  /** For requests that create nothing lasting, such as a SubjectAccessReview; the reply often has the same shape. */
  async post<I, O = I>(path: string, body: I): Promise<O> {
    return this.json({ method: 'POST', path, body, repeatable: true });
  }

  /** `object` is the result of a write whose reply was lost, as it has been read since. */
  noteWrite<T extends KubernetesJson>(resource: Resource<T>, object: Stored<T>): void {
    for (const listener of this.listeners) listener(resource, object);
  }

  private async write<T extends KubernetesJson>(resource: Resource<T>, request: ApiRequest): Promise<Stored<T>> {
    const object = await this.json<Stored<T>>(this.fenced(request));
    this.noteWrite(resource, object);
    return object;
  }

  private fenced(request: ApiRequest): ApiRequest {
    return { ...request, fence: this.fence };
  }

  private async json<O>(request: ApiRequest): Promise<O> {
    return JSON.parse(await this.transport.send(request)) as O;
  }
}

const MANAGER = { fieldManager: FIELD_MANAGER } as const;

/** A create or apply must name its kind; callers may leave it to the resource. */
function typed<T extends KubernetesJson>(resource: Resource<T>, object: T): T {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

function mergePatchOf(path: string, body: object): ApiRequest {
  const contentType = 'application/merge-patch+json';
  return { method: 'PATCH', path, query: MANAGER, body, contentType, repeatable: true };
}
