import { inject, injectable } from 'inversify';
import { keepable } from '../cache/index.js';
import type { DeepReadonly, KubernetesJson, Resource, Stored } from '../client/index.js';
import { Client, isNotFound, keyOf } from '../client/index.js';

/** Adds and removes one finalizer, never touching those of others. */
@injectable()
export class Finalizers {
  constructor(@inject(Client) private readonly client: Client) {}

  /** Returns the object with the finalizer; a conflict when it has changed meanwhile. */
  async add<K extends KubernetesJson>(
    resource: Resource<K>,
    object: DeepReadonly<Stored<K>>,
    name: string,
  ): Promise<DeepReadonly<Stored<K>>> {
    const present = object.metadata.finalizers ?? [];
    if (present.includes(name)) return object;
    return this.patch(resource, object, [...present, name]);
  }

  /** Lets the object go; that it has gone already is success. */
  async remove(resource: Resource, object: DeepReadonly<Stored<KubernetesJson>>, name: string): Promise<void> {
    const present = object.metadata.finalizers ?? [];
    if (!present.includes(name)) return;
    try {
      const rest = present.filter((finalizer) => finalizer !== name);
      await this.patch(resource, object, rest);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private async patch<K extends KubernetesJson>(
    resource: Resource<K>,
    object: DeepReadonly<Stored<K>>,
    finalizers: readonly string[],
  ): Promise<DeepReadonly<Stored<K>>> {
    const { resourceVersion } = object.metadata;
    const patch = { metadata: { resourceVersion, finalizers } };
    return keepable(resource, await this.client.patch(resource, keyOf(object), patch)) as DeepReadonly<Stored<K>>;
  }
}
