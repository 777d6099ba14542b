import type { KubernetesJson, Stored } from '../client/index.js';
import { isForbidden, isNotFound } from '../client/index.js';
import type { ListWatch } from './api-source.js';
import type { Change, ObjectCache } from './object-cache.js';
import type { ReflectorDeps, ReflectorSink } from './reflector.js';
import { Reflector } from './reflector.js';
import type { WatchEvent } from './watch-event.js';

/** What a part has in common with the others of its informer. */
export interface Whole {
  readonly namespace: string | undefined;
  readonly optional: boolean;
  readonly cache: ObjectCache;
  readonly tell: (changes: readonly Change[]) => void;
}

/** What one reflector has seen: a resource in one namespace, or everywhere. */
export class InformerPart implements ReflectorSink {
  position: string | undefined;
  readonly listed: Promise<void>;
  readonly answered: Promise<void>;
  private readonly reflector: Reflector;
  /** It was said once that there is nothing to be had for now; a server that is away later takes nothing of that back. */
  private isBeyondReach = false;
  private hasListed: () => void = () => undefined;
  private hasAnswered: () => void = () => undefined;

  constructor(
    private readonly whole: Whole,
    source: ListWatch,
    private readonly deps: ReflectorDeps,
  ) {
    this.listed = new Promise((resolve) => (this.hasListed = resolve));
    this.answered = new Promise((resolve) => (this.hasAnswered = resolve));
    this.reflector = new Reflector(source, this, deps);
  }

  get failure(): string | undefined {
    return this.reflector.failure;
  }

  get isSettled(): boolean {
    return this.position !== undefined || this.isBeyondReach;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.reflector.run(signal);
  }

  replace(objects: readonly Stored<KubernetesJson>[], resourceVersion: string): void {
    const changes = this.whole.cache.replace(objects, this.position === undefined, this.whole.namespace);
    this.position = resourceVersion;
    this.whole.tell(changes);
    this.hasListed();
    this.hasAnswered();
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
        const { cache, tell } = this.whole;
        const changes = event.type === 'DELETED' ? cache.remove(object) : cache.upsert(object);
        this.position = object.metadata.resourceVersion;
        tell(changes);
      }
    }
  }

  failed(error: unknown): void {
    const isHidden = this.whole.optional && isForbidden(error);
    if (this.position !== undefined || this.isBeyondReach || !(isHidden || isNotFound(error))) return;
    this.isBeyondReach = true;
    this.deps.log.info(
      {},
      isHidden ? 'it may not be seen, going on without it' : 'it is not served yet, waiting for it',
    );
    this.hasAnswered();
  }
}
