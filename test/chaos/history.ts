import type { KubernetesJson, Stored } from '../../runtime/client/index.js';
import type { StatusCondition } from '../../runtime/schema/index.js';

/** An object of any kind as the API server stores it. */
export type Seen = Stored<KubernetesJson> & {
  readonly kind: string;
  readonly status?: { observedGeneration?: number; conditions?: readonly StatusCondition[] };
  readonly spec?: unknown;
};

/** One version of an object, or its end. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Seen;
}

/** Everything that happened to the objects of a namespace, in the order of each kind; pure. */
export class History {
  private readonly kept: Change[] = [];
  private readonly left = new Map<string, Seen>();
  private readonly versions = new Set<string>();

  /** A version that is told twice counts once. */
  add(change: Change): void {
    const { uid, resourceVersion } = change.object.metadata;
    const version = `${uid} ${resourceVersion} ${change.type === 'DELETED'}`;
    if (this.versions.has(version)) return;
    this.versions.add(version);
    this.kept.push(change);
    if (change.type === 'DELETED') this.left.delete(uid);
    else this.left.set(uid, change.object);
  }

  get changes(): readonly Change[] {
    return this.kept;
  }

  /** What is there after all of it. */
  get end(): Seen[] {
    return [...this.left.values()];
  }

  /** As it is now; without a name, any of that kind. */
  find(kind: string, name?: string): Seen | undefined {
    return this.end.find((object) => object.kind === kind && (name ?? object.metadata.name) === object.metadata.name);
  }

  /** One of each object that ever was, as it was first seen. */
  get everSeen(): Seen[] {
    const first = new Map<string, Seen>();
    for (const { object } of this.kept) if (!first.has(object.metadata.uid)) first.set(object.metadata.uid, object);
    return [...first.values()];
  }
}
