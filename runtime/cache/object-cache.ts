import type { KubernetesJson, ObjectKey, Stored } from '../client/index.js';
import { keyOf, keyText } from '../client/index.js';
import type { Logger } from '../telemetry/index.js';
import type { IndexValues } from './object-index.js';
import { ObjectIndex } from './object-index.js';
import { isAtLeast } from './resource-version.js';

type Kept = Stored<KubernetesJson>;

/** What became different. A new incarnation under an old name is told as a deletion and an addition. */
export type Change =
  | { readonly type: 'added'; readonly object: Kept; readonly initial: boolean }
  | { readonly type: 'modified'; readonly object: Kept; readonly previous: Kept }
  | { readonly type: 'deleted'; readonly object: Kept };

/** The objects of one resource as last seen, with their indexes. */
export class ObjectCache {
  private readonly objects = new Map<string, Kept>();
  private readonly indexes = new Map<string, ObjectIndex>();

  constructor(private readonly log: Logger) {}

  /** Before the first object only; the same index may be asked for by several. */
  addIndex(name: string, values: IndexValues): void {
    const known = this.indexes.get(name);
    if (known?.values === values) return;
    if (known !== undefined) throw new Error(`there is another index ${name} already`);
    if (this.objects.size > 0) throw new Error(`index ${name} comes too late: the cache is filled`);
    const failed = (err: unknown, object: Kept) =>
      this.log.error({ err, index: name, ...keyOf(object) }, 'an object cannot be indexed');
    this.indexes.set(name, new ObjectIndex(values, failed));
  }

  get size(): number {
    return this.objects.size;
  }

  get(key: ObjectKey): Kept | undefined {
    return this.objects.get(keyText(key));
  }

  list(namespace?: string): readonly Kept[] {
    const all = [...this.objects.values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  byIndex(name: string, value: string): readonly Kept[] {
    const index = this.indexes.get(name);
    if (index === undefined) throw new Error(`there is no index ${name}`);
    return index.find(value);
  }

  /** An object came into being or changed. An older version than the one kept is ignored. */
  upsert(object: Kept): Change[] {
    const previous = this.get(keyOf(object));
    const known = previous?.metadata.resourceVersion;
    return known !== undefined && isAtLeast(known, object.metadata.resourceVersion) ? [] : this.take(object, false);
  }

  /** `object` is the last state; a deletion of an earlier incarnation than the one kept is ignored. */
  remove(object: Kept): Change[] {
    const key = keyText(keyOf(object));
    const previous = this.objects.get(key);
    if (previous?.metadata.uid !== object.metadata.uid) return [];
    this.drop(key, previous);
    return [{ type: 'deleted', object }];
  }

  /**
   * Everything there is, in one namespace if it is named, from a list, whose word is final: versions go back when the
   * server was restored.
   */
  replace(objects: readonly Kept[], initial: boolean, namespace?: string): Change[] {
    const present = new Set(objects.map((object) => keyText(keyOf(object))));
    const gone = this.list(namespace).filter((object) => !present.has(keyText(keyOf(object))));
    return [
      ...gone.flatMap((object) => this.remove(object)),
      ...objects.flatMap((object) => this.take(object, initial)),
    ];
  }

  private take(object: Kept, initial: boolean): Change[] {
    const key = keyText(keyOf(object));
    const previous = this.objects.get(key);
    if (previous !== undefined) this.drop(key, previous);
    this.keep(key, object);
    if (previous === undefined) return [{ type: 'added', object, initial }];
    if (previous.metadata.uid !== object.metadata.uid) {
      return [
        { type: 'deleted', object: previous },
        { type: 'added', object, initial: false },
      ];
    }
    return previous.metadata.resourceVersion === object.metadata.resourceVersion
      ? []
      : [{ type: 'modified', object, previous }];
  }

  private keep(key: string, object: Kept): void {
    this.objects.set(key, object);
    for (const index of this.indexes.values()) index.add(key, object);
  }

  private drop(key: string, object: Kept): void {
    this.objects.delete(key);
    for (const index of this.indexes.values()) index.remove(key, object);
  }
}
