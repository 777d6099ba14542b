import type { Client, KubernetesJson, Resource, Stored, Transport } from '../client/index.js';
import { METADATA_ONLY, apiErrorOfStatus, collectionPath, isGone } from '../client/index.js';
import type { WatchOptions } from './form.js';
import { keepable } from './form.js';
import type { WatchEvent } from './watch-event.js';
import { MalformedEventError, WatchFailedError } from './watch-event.js';

/** Everything there is at one moment. */
export interface Listing {
  readonly objects: readonly Stored<KubernetesJson>[];
  readonly resourceVersion: string;
}

/** How a watch is asked for and given up. */
export interface WatchTiming {
  /** The server ends the watch after so many seconds. */
  readonly timeoutSeconds: number;
  /** A watch that is silent for so long counts as dead; above the minute between two bookmarks. */
  readonly idleMs: number;
}

/** Where a reflector gets its objects from. */
export interface ListWatch {
  list(signal: AbortSignal): Promise<Listing>;
  watch(resourceVersion: string, timing: WatchTiming, signal: AbortSignal): AsyncIterable<WatchEvent>;
}

/** {@link ListWatch} of one resource, in one namespace or everywhere. */
export class ApiSource implements ListWatch {
  constructor(
    private readonly api: { client: Client; transport: Transport },
    private readonly resource: Resource,
    private readonly form: WatchOptions,
    private readonly namespace?: string,
  ) {}

  /** A quorum read: a restart must not see an older world than the one it left. */
  async list(signal: AbortSignal): Promise<Listing> {
    const { form, namespace } = this;
    const { labelSelector, metadataOnly } = form;
    const objects: Stored<KubernetesJson>[] = [];
    let resourceVersion = '';
    for await (const page of this.api.client.pages(this.resource, { namespace, labelSelector, metadataOnly, signal })) {
      for (const object of page.items) objects.push(this.keep(object));
      resourceVersion = page.resourceVersion;
    }
    return { objects, resourceVersion };
  }

  async *watch(resourceVersion: string, timing: WatchTiming, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const { labelSelector, metadataOnly } = this.form;
    const { timeoutSeconds, idleMs } = timing;
    const lines = this.api.transport.stream({
      method: 'GET',
      path: collectionPath(this.resource, this.namespace),
      query: { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds, labelSelector },
      accept: metadataOnly === true ? METADATA_ONLY.watch : undefined,
      repeatable: true,
      signal,
      idleMs,
    });
    for await (const line of lines) yield this.event(line);
  }

  private event(line: string): WatchEvent {
    const { type, object } = parse(line);
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        if (!isStored(object)) throw new MalformedEventError(line);
        return { type, object: this.keep(object) };
      case 'BOOKMARK':
        if (object?.metadata?.resourceVersion === undefined) throw new MalformedEventError(line);
        return { type, resourceVersion: object.metadata.resourceVersion };
      case 'ERROR':
        throw failureOf(object);
      default:
        throw new MalformedEventError(line);
    }
  }

  private keep(object: Stored<KubernetesJson>): Stored<KubernetesJson> {
    return keepable(this.resource, object, this.form.transform);
  }
}

interface RawEvent {
  type?: string;
  object?: { metadata?: Partial<KubernetesJson['metadata']> };
}

function parse(line: string): RawEvent {
  try {
    return JSON.parse(line) as RawEvent;
  } catch (error) {
    throw new MalformedEventError(line, error);
  }
}

function isStored(object: RawEvent['object']): object is Stored<KubernetesJson> {
  const { name, uid, resourceVersion } = object?.metadata ?? {};
  return name !== undefined && uid !== undefined && resourceVersion !== undefined;
}

function failureOf(status: unknown): Error {
  const error = apiErrorOfStatus(status);
  return isGone(error) ? error : new WatchFailedError(error);
}
