import type { KubernetesJson, Resource, Stored } from '../client/index.js';
import { resourceName } from '../client/index.js';
import type { ListWatch } from './api-source.js';
import type { WatchOptions } from './form.js';
import type { Change } from './object-cache.js';
import { ObjectCache } from './object-cache.js';
import type { ReflectorDeps, ReflectorSink } from './reflector.js';
import { Reflector } from './reflector.js';
import type { WatchEvent } from './watch-event.js';

/** Hears of every change, in order; must return at once. */
export type ChangeListener = (change: Change) => void;

/** One resource, watched: its reflector, what it has seen, and who wants to know. */
export class Informer implements ReflectorSink {
  readonly cache: ObjectCache;
  /** The version up to which everything has been seen. */
  position: string | undefined;

  private readonly reflector: Reflector;
  private readonly listeners: ChangeListener[] = [];
  private readonly firstList: Promise<void>;
  private listed: () => void = () => undefined;

  constructor(
    readonly resource: Resource,
    readonly form: WatchOptions,
    source: ListWatch,
    private readonly deps: ReflectorDeps,
  ) {
    const log = deps.log.child({ resource: resourceName(resource) });
    this.cache = new ObjectCache(log);
    this.firstList = new Promise((resolve) => (this.listed = resolve));
    this.reflector = new Reflector(source, this, { ...deps, log });
  }

  /** Everything that is there has been seen once. */
  get synced(): boolean {
    return this.position !== undefined;
  }

  /** Why it is not synced, or not up to date. */
  get failure(): string | undefined {
    return this.reflector.failure;
  }

  onChange(listener: ChangeListener): void {
    this.listeners.push(listener);
  }

  /** Resolves with the first list. */
  whenSynced(): Promise<void> {
    return this.firstList;
  }

  /** Ends only with `signal`. */
  run(signal: AbortSignal): Promise<void> {
    return this.reflector.run(signal);
  }

  replace(objects: readonly Stored<KubernetesJson>[], resourceVersion: string): void {
    const changes = this.cache.replace(objects, !this.synced);
    this.position = resourceVersion;
    this.tell(changes);
    this.listed();
  }

  apply(event: WatchEvent): void {
    switch (event.type) {
      case 'BOOKMARK':
        this.position = event.resourceVersion;
        return;
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED': {
        const { object } = event;
        const changes = event.type === 'DELETED' ? this.cache.remove(object) : this.cache.upsert(object);
        this.position = object.metadata.resourceVersion;
        this.tell(changes);
      }
    }
  }

  /** A listener that throws must neither hide the change from others nor end the watch. */
  private tell(changes: readonly Change[]): void {
    for (const change of changes) for (const listener of this.listeners) this.tellOne(listener, change);
  }

  private tellOne(listener: ChangeListener, change: Change): void {
    try {
      listener(change);
    } catch (err) {
      const { namespace, name } = change.object.metadata;
      this.deps.log.error({ err, kind: this.resource.kind, namespace, name }, 'a listener failed');
    }
  }
}
