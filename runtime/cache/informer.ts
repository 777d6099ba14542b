import type { Resource } from '../client/index.js';
import { resourceName } from '../client/index.js';
import type { ListWatch } from './api-source.js';
import type { WatchOptions } from './form.js';
import { InformerPart } from './informer-part.js';
import type { Change } from './object-cache.js';
import { ObjectCache } from './object-cache.js';
import type { ReflectorDeps, ReflectorSink } from './reflector.js';

/** Hears of every change, in order; must return at once. */
export type ChangeListener = (change: Change) => void;

/** What an informer watches, and where it gets it from. */
export interface Watched {
  readonly resource: Resource;
  readonly form: WatchOptions;
  /** By namespace; `undefined` is everywhere. */
  readonly sources: ReadonlyMap<string | undefined, ListWatch>;
  /** Nobody has to wait for it where looking at it is not allowed. */
  readonly optional?: boolean;
}

/** One resource, watched: its reflectors, what they have seen, and who wants to know. */
export class Informer {
  readonly cache: ObjectCache;
  readonly resource: Resource;
  readonly form: WatchOptions;
  readonly optional: boolean;

  private readonly parts: ReadonlyMap<string | undefined, InformerPart>;
  private readonly listeners: ChangeListener[] = [];
  private readonly firstLists: Promise<void>;
  private readonly firstAnswers: Promise<void>;

  constructor(
    watched: Watched,
    private readonly deps: ReflectorDeps,
  ) {
    this.resource = watched.resource;
    this.form = watched.form;
    const log = deps.log.child({ resource: resourceName(watched.resource) });
    this.cache = new ObjectCache(log);
    const tell = (changes: readonly Change[]) => this.tell(changes);
    this.optional = watched.optional ?? false;
    const { optional } = this;
    const partOf = (namespace: string | undefined, source: ListWatch) =>
      new InformerPart({ namespace, optional, cache: this.cache, tell }, source, { ...deps, log });
    const parts = [...watched.sources].map(([namespace, source]) => [namespace, partOf(namespace, source)] as const);
    this.parts = new Map(parts);
    this.firstLists = this.all((part) => part.listed);
    this.firstAnswers = this.all((part) => part.answered);
  }

  /** Everything that is there has been seen once. */
  get synced(): boolean {
    return this.every((part) => part.position !== undefined);
  }

  /** Waiting longer is of no use for now: it is synced, or its kind is not served, or may not be seen and need not be. */
  get settled(): boolean {
    return this.every((part) => part.isSettled);
  }

  /** Why it is not synced, or not up to date. */
  get failure(): string | undefined {
    return [...this.parts.values()].find((part) => part.failure !== undefined)?.failure;
  }

  /** The version up to which everything of a namespace has been seen. */
  positionIn(namespace: string | undefined): string | undefined {
    return (this.parts.get(namespace) ?? this.parts.get(undefined))?.position;
  }

  /** Whether objects of that namespace are watched. */
  covers(namespace: string | undefined): boolean {
    return this.parts.has(undefined) || this.parts.has(namespace);
  }

  /** Where what is seen of a namespace goes. */
  sinkOf(namespace?: string): ReflectorSink {
    const part = this.parts.get(namespace);
    if (part === undefined)
      throw new Error(`${resourceName(this.resource)} is not watched in ${namespace ?? 'all namespaces'}`);
    return part;
  }

  onChange(listener: ChangeListener): void {
    this.listeners.push(listener);
  }

  /** Resolves with the first list, or the last of them. */
  whenSynced(): Promise<void> {
    return this.firstLists;
  }

  /** Resolves when it is {@link settled} for the first time. */
  whenSettled(): Promise<void> {
    return this.firstAnswers;
  }

  /** Ends only with `signal`. */
  run(signal: AbortSignal): Promise<void> {
    return this.all((part) => part.run(signal));
  }

  private every(test: (part: InformerPart) => boolean): boolean {
    return [...this.parts.values()].every(test);
  }

  private async all(promised: (part: InformerPart) => Promise<void>): Promise<void> {
    await Promise.all([...this.parts.values()].map(promised));
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
