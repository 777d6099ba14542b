import { randomUUID } from 'node:crypto';
import { matchesSelector } from '../../runtime/cache/index.js';
import type { KubernetesJson, ObjectMeta, Stored } from '../../runtime/client/index.js';

/** Any object, open to be looked into. */
export type Loose = Stored<KubernetesJson> & { spec?: unknown; status?: unknown; [field: string]: unknown };

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: string;
  readonly version: number;
  readonly object: Loose;
}

/** A refusal as the API server words it. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: object,
  ) {
    super(message);
  }
}

/** Where an object is: `kind` is `group/plural`. */
export interface Place {
  kind: string;
  namespace?: string;
  name: string;
}

/** Objects with resource versions, generations, finalizers and history, as etcd and the API server keep them. */
export class FakeStore {
  version = 100;
  /** Watches from before this version are refused. */
  compacted = 0;
  readonly terminating = new Set<string>();
  private readonly kinds = new Map<string, Map<string, Loose>>();
  private history: StoreEvent[] = [];
  private readonly listeners = new Set<(event: StoreEvent) => void>();

  find({ kind, namespace, name }: Place): Loose | undefined {
    return this.objects(kind).get(keyOf(namespace, name));
  }

  get(place: Place): Loose {
    const found = this.find(place);
    if (found === undefined) throw new Refusal(404, 'NotFound', `${place.kind} "${place.name}" not found`);
    return found;
  }

  list(kind: string, filter: { namespace?: string; labelSelector?: string; fieldSelector?: string } = {}): Loose[] {
    const keys = [...this.objects(kind).keys()].sort();
    return keys.map((key) => this.objects(kind).get(key)!).filter((object) => selects(filter, object));
  }

  create(kind: string, given: KubernetesJson, uid: string = randomUUID()): Loose {
    const place = { kind, namespace: given.metadata.namespace, name: given.metadata.name };
    if (this.terminating.has(place.namespace ?? '')) throw terminating(place);
    if (this.find(place)) throw new Refusal(409, 'AlreadyExists', `${kind} "${place.name}" already exists`);
    const metadata: ObjectMeta = { ...given.metadata, uid, generation: 1 };
    metadata.creationTimestamp = new Date().toISOString();
    return this.store(place, { ...structuredClone(given), metadata } as Loose, 'ADDED');
  }

  /** Lays `next` over `before`; `part` says whether status or everything else may change. */
  update(place: Place, next: Loose, part: 'main' | 'status' | 'all'): Loose {
    const before = this.get(place);
    requireVersion(before, next.metadata);
    if (next.metadata.uid !== before.metadata.uid)
      throw new Refusal(422, 'Invalid', 'metadata.uid: field is immutable');
    const merged = part === 'status' ? { ...before, status: next.status } : { ...next };
    if (part === 'main') merged.status = before.status;
    merged.metadata = { ...merged.metadata, resourceVersion: before.metadata.resourceVersion };
    if (part !== 'status' && !same(content(before), content(merged))) {
      merged.metadata.generation = (before.metadata.generation ?? 1) + 1;
    }
    if (same(before, merged)) return before;
    const gone = merged.metadata.deletionTimestamp !== undefined && !merged.metadata.finalizers?.length;
    return gone ? this.drop(place, merged) : this.store(place, merged, 'MODIFIED');
  }

  delete(place: Place, preconditions: { uid?: string; resourceVersion?: string } = {}): Loose {
    const before = this.get(place);
    requireVersion(before, preconditions);
    if (preconditions.uid !== undefined && preconditions.uid !== before.metadata.uid) {
      throw new Refusal(409, 'Conflict', 'Precondition failed: UID in precondition does not match');
    }
    if (!before.metadata.finalizers?.length) return this.drop(place, before);
    if (before.metadata.deletionTimestamp !== undefined) return before;
    const metadata = { ...before.metadata, deletionTimestamp: new Date().toISOString() };
    return this.store(place, { ...before, metadata }, 'MODIFIED');
  }

  /** Events after `version`, then all that follow; the returned function ends it. */
  follow(version: number, listener: (event: StoreEvent) => void): () => void {
    for (const event of this.history) if (event.version > version) listener(event);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Forgets the past: watches that have not caught up get 410. */
  compact(): void {
    this.compacted = this.version;
    this.history = [];
  }

  private objects(kind: string): Map<string, Loose> {
    const found = this.kinds.get(kind) ?? new Map<string, Loose>();
    this.kinds.set(kind, found);
    return found;
  }

  private store(place: Place, object: Loose, type: 'ADDED' | 'MODIFIED'): Loose {
    const stored = this.stamp(object);
    this.objects(place.kind).set(keyOf(place.namespace, place.name), stored);
    this.tell({ type, kind: place.kind, version: this.version, object: stored });
    return stored;
  }

  private drop(place: Place, object: Loose): Loose {
    const last = this.stamp(object);
    this.objects(place.kind).delete(keyOf(place.namespace, place.name));
    this.tell({ type: 'DELETED', kind: place.kind, version: this.version, object: last });
    return last;
  }

  private stamp(object: Loose): Loose {
    this.version++;
    return { ...object, metadata: { ...object.metadata, resourceVersion: `${this.version}` } };
  }

  private tell(event: StoreEvent): void {
    this.history.push(event);
    for (const listener of this.listeners) listener(event);
  }
}

/** RFC 7386. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const isFields = typeof target === 'object' && target !== null && !Array.isArray(target);
  const result = new Map<string, unknown>(isFields ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, applyMergePatch(result.get(name), value));
  }
  return Object.fromEntries(result);
}

export function selects(
  filter: { namespace?: string; labelSelector?: string; fieldSelector?: string },
  object: KubernetesJson,
): boolean {
  const { namespace, name, labels } = object.metadata;
  if (filter.namespace !== undefined && filter.namespace !== namespace) return false;
  if (filter.fieldSelector !== undefined && filter.fieldSelector !== `metadata.name=${name}`) return false;
  return filter.labelSelector === undefined || matchesSelector(filter.labelSelector, labels);
}

const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function content({ metadata: _m, status: _s, ...rest }: Loose): unknown {
  return rest;
}

function requireVersion(before: Loose, wanted: { resourceVersion?: string }): void {
  if (wanted.resourceVersion === undefined || wanted.resourceVersion === before.metadata.resourceVersion) return;
  throw new Refusal(409, 'Conflict', 'the object has been modified; please apply your changes to the latest version');
}

function terminating({ kind, namespace, name }: Place): Refusal {
  const causes = [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated` }];
  return new Refusal(403, 'Forbidden', `${kind} "${name}" is forbidden: unable to create new content in namespace`, {
    causes,
  });
}
