import type { Change, Informers, WatchOptions } from '../cache/index.js';
import { BY_OWNER } from '../cache/index.js';
import type { DeepReadonly, KubernetesJson, ObjectKey, OwnerReference, Resource, Stored } from '../client/index.js';
import { apiVersionOf, keyOf, keyText, lacksSpec, resourceName } from '../client/index.js';
import type { Priority } from '../queue/index.js';
import type { Logger } from '../telemetry/index.js';
import type { MapOptions, WatchBuilder } from './watch-builder.js';

type Kept = DeepReadonly<Stored<KubernetesJson>>;
type Mapper = (object: Kept) => readonly ObjectKey[];

/** {@link WatchBuilder} that makes the informers right away and sends their events to one controller's queue. */
export class WatchPlan implements WatchBuilder {
  /** What its controller is woken by, by `plural.group`. */
  readonly watched = new Set<string>();

  constructor(
    private readonly own: Resource,
    private readonly informers: Informers,
    private readonly enqueue: (key: ObjectKey, priority: Priority) => void,
    private readonly log: Logger,
  ) {}

  owns<T extends KubernetesJson>(resource: Resource<T>, options: WatchOptions = {}): this {
    this.informers.addIndex(resource, BY_OWNER, controllerUid);
    return this.wake(resource, options, (object) => this.ownerOf(object));
  }

  watches<T extends KubernetesJson>(resource: Resource<T>, options: MapOptions<T>): this {
    const { map, ...form } = options;
    return this.wake(resource, form, (object) => {
      return lacksSpec(resource, object) ? [] : map(object as DeepReadonly<Stored<T>>, this.informers);
    });
  }

  index<T extends KubernetesJson>(
    resource: Resource<T>,
    name: string,
    values: (object: DeepReadonly<Stored<T>>) => readonly string[],
  ): this {
    this.informers.addIndex(resource, name, values as (object: Kept) => readonly string[]);
    return this;
  }

  private wake(resource: Resource, form: WatchOptions, map: Mapper): this {
    this.watched.add(resourceName(resource));
    this.informers.watch(resource, form).onChange((change) => {
      const priority = change.type === 'added' && change.initial ? 'initial' : 'live';
      const keys = concerned(change).flatMap((object) => this.mapped(map, object));
      for (const key of distinct(keys)) this.enqueue(key, priority);
    });
    return this;
  }

  /** Where the map fails for what an object was before, those whom it concerns now are woken nevertheless. */
  private mapped(map: Mapper, object: Kept): readonly ObjectKey[] {
    try {
      return map(object);
    } catch (err) {
      this.log.error(
        { err, kind: object.kind, ...keyOf(object) },
        'a change wakes nobody: its object cannot be mapped',
      );
      return [];
    }
  }

  private ownerOf(object: Kept): readonly ObjectKey[] {
    const owner = controllerOf(object);
    if (owner?.kind !== this.own.kind || groupOf(owner.apiVersion) !== groupOf(apiVersionOf(this.own))) return [];
    return [{ namespace: this.own.namespaced ? object.metadata.namespace : undefined, name: owner.name }];
  }
}

/** On a change also what it was before: it may have been mapped to another key. */
function concerned(change: Change): Kept[] {
  return change.type === 'modified' ? [change.previous, change.object] : [change.object];
}

/** A key given twice would be worked on twice: the first may be taken before the second is there. */
function distinct(keys: readonly ObjectKey[]): Iterable<ObjectKey> {
  return new Map(keys.map((key) => [keyText(key), key])).values();
}

function controllerOf(object: Kept): DeepReadonly<OwnerReference> | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

function controllerUid(object: Kept): readonly string[] {
  const uid = controllerOf(object)?.uid;
  return uid === undefined ? [] : [uid];
}

const groupOf = (apiVersion: string) => (apiVersion.includes('/') ? apiVersion.split('/')[0] : '');
