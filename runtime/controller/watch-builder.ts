import type { Reader, WatchOptions } from '../cache/index.js';
import type { DeepReadonly, KubernetesJson, ObjectKey, Resource, Stored } from '../client/index.js';

/** How events of other kinds are mapped to keys of our own. */
export interface MapOptions<T extends KubernetesJson> extends WatchOptions {
  map: (object: DeepReadonly<Stored<T>>, reader: Reader) => readonly ObjectKey[];
}

/** A reconciler tells it what to watch besides its own kind. */
export interface WatchBuilder {
  /** An event wakes the object of our kind that is the controller owner; adds the index `BY_OWNER`. */
  owns<T extends KubernetesJson>(resource: Resource<T>, options?: WatchOptions): this;
  /**
   * An event wakes the keys that `map` names; on a change, those of the old and of the new object. `map` never sees an
   * object without the `spec` that its kind requires.
   */
  watches<T extends KubernetesJson>(resource: Resource<T>, options: MapOptions<T>): this;
  /** A look-up for `Reader.byIndex`; also for our own kind. `values` may see objects stored without a `spec`. */
  index<T extends KubernetesJson>(
    resource: Resource<T>,
    name: string,
    values: (object: DeepReadonly<Stored<T>>) => readonly string[],
  ): this;
}
