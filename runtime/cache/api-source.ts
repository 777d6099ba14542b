import type { Client, KubernetesJson, Resource, Stored, Transport } from '../client/index.js';
import { ApiError, METADATA_ONLY, apiErrorOfStatus, collectionPath, isGone, isInvalid } from '../client/index.js';
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

/** A list that takes longer is given up; between two of its objects there is no silence. */
const LIST_TIMING: WatchTiming = { timeoutSeconds: 300, idleMs: 30_000 };

/** From where a watch begins. */
type Start = Readonly<Record<string, string | boolean>>;

/** {@link ListWatch} of one resource, in one namespace or everywhere. */
export class ApiSource implements ListWatch {
  /** Until the server has shown that it does not know streamed lists (WatchList, in every server from 1.34 on). */
  private canStream = true;

  constructor(
    private readonly api: { client: Client; transport: Transport },
    private readonly resource: Resource,
    private readonly form: WatchOptions,
    private readonly namespace?: string,
  ) {}

  /** A quorum read: a restart must not see an older world than the one it left. */
  async list(signal: AbortSignal): Promise<Listing> {
    return (this.canStream ? await this.stream(signal) : undefined) ?? this.pages(signal);
  }

  /** Events from `resourceVersion` on; ends when the server ends it. */
  watch(resourceVersion: string, timing: WatchTiming, signal: AbortSignal): AsyncIterable<WatchEvent> {
    return this.events({ resourceVersion }, timing, signal);
  }

  /** As a stream of objects, so that neither side holds the list as one text; undefined if the server cannot do that. */
  private async stream(signal: AbortSignal): Promise<Listing | undefined> {
    const objects = new Map<string, Stored<KubernetesJson>>();
    const ended = new AbortController();
    const query = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' };
    try {
      for await (const event of this.events(query, LIST_TIMING, AbortSignal.any([signal, ended.signal]))) {
        if (event.type === 'BOOKMARK') {
          const { endsList, resourceVersion } = event;
          this.canStream = endsList;
          return endsList ? { objects: [...objects.values()], resourceVersion } : undefined;
        }
        if (event.type === 'DELETED') objects.delete(event.object.metadata.uid);
        else objects.set(event.object.metadata.uid, event.object);
      }
    } catch (error) {
      if (isInvalid(error)) this.canStream = false;
      // A server that does not know of it takes it for a common watch; one that is overloaded may do better with pages.
      else if (!(error instanceof ApiError) || error.reason !== 'Idle') throw error;
      return undefined;
    } finally {
      ended.abort();
    }
    throw new Error('the server ended a list before it was complete');
  }

  private async pages(signal: AbortSignal): Promise<Listing> {
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

  private async *events(from: Start, timing: WatchTiming, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const { labelSelector, metadataOnly } = this.form;
    const { timeoutSeconds, idleMs } = timing;
    const lines = this.api.transport.stream({
      method: 'GET',
      path: collectionPath(this.resource, this.namespace),
      query: { watch: true, allowWatchBookmarks: true, timeoutSeconds, labelSelector, ...from },
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
        return { type, resourceVersion: object.metadata.resourceVersion, endsList: isListEnd(object.metadata) };
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

function isListEnd({ annotations }: Partial<KubernetesJson['metadata']>): boolean {
  return annotations?.['k8s.io/initial-events-end'] === 'true';
}

function isStored(object: RawEvent['object']): object is Stored<KubernetesJson> {
  const { name, uid, resourceVersion } = object?.metadata ?? {};
  return name !== undefined && uid !== undefined && resourceVersion !== undefined;
}

function failureOf(status: unknown): Error {
  const error = apiErrorOfStatus(status);
  return isGone(error) ? error : new WatchFailedError(error);
}
