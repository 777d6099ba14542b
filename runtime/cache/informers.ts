import { inject, injectable } from 'inversify';
import type { DeepReadonly, KubernetesJson, ObjectKey, Resource, Stored } from '../client/index.js';
import { Client, Transport, resourceName } from '../client/index.js';
import { Random, Scheduler } from '../clock/index.js';
import { Logger } from '../telemetry/index.js';
import { ApiSource } from './api-source.js';
import type { WatchOptions } from './form.js';
import { sameForm } from './form.js';
import type { Watched } from './informer.js';
import { Informer } from './informer.js';
import type { IndexValues } from './object-index.js';
import type { Reader } from './reader.js';
import { WatchScope, namespacesOf } from './watch-scope.js';

/** What informers are made of. */
@injectable()
export class InformerDeps {
  @inject(Client) readonly client!: Client;
  @inject(Transport) readonly transport!: Transport;
  @inject(Scheduler) readonly scheduler!: Scheduler;
  @inject(Random) readonly random!: Random;
  @inject(WatchScope) readonly scope!: WatchScope;
  @inject(Logger) readonly log!: Logger;
}

/** All informers of the program, one per resource, shared by its controllers; and the reader over their caches. */
@injectable()
export class Informers implements Reader {
  private readonly informers = new Map<string, Informer>();
  /** Indexes of resources that nobody watches yet. */
  private readonly indexes: { of: string; name: string; values: IndexValues }[] = [];

  constructor(@inject(InformerDeps) private readonly deps: InformerDeps) {}

  /** The informer of `resource`, made when it is asked for first; another form of the same resource is refused. */
  watch(resource: Resource, form: WatchOptions = {}): Informer {
    const name = resourceName(resource);
    const known = this.informers.get(name);
    if (known !== undefined) {
      if (!sameForm(known.form, form)) throw new Error(`two controllers watch ${name} in different forms`);
      return known;
    }
    const informer = new Informer(this.watched(resource, form), this.deps);
    this.informers.set(name, informer);
    for (const index of this.indexes) if (index.of === name) informer.cache.addIndex(index.name, index.values);
    return informer;
  }

  private watched(resource: Resource, form: WatchOptions): Watched {
    const { scope } = this.deps;
    const places = namespacesOf(scope, resource) ?? [undefined];
    const sources = places.map((place) => [place, new ApiSource(this.deps, resource, form, place)] as const);
    // Who serves chosen namespaces may have no rights beyond them.
    const optional = scope.namespaces !== undefined && !resource.namespaced;
    return { resource, form, sources: new Map(sources), optional };
  }

  /** Adds an index to the cache of `resource`, whoever watches it; before the informers run. */
  addIndex(resource: Resource, name: string, values: IndexValues): void {
    this.indexes.push({ of: resourceName(resource), name, values });
    this.find(resource)?.cache.addIndex(name, values);
  }

  /** The informer of `resource` if anybody watches it. */
  find(resource: Resource): Informer | undefined {
    return this.informers.get(resourceName(resource));
  }

  all(): readonly Informer[] {
    return [...this.informers.values()];
  }

  get<T extends KubernetesJson>(resource: Resource<T>, key: ObjectKey): DeepReadonly<Stored<T>> | undefined {
    return this.of(resource).cache.get(key) as DeepReadonly<Stored<T>> | undefined;
  }

  list<T extends KubernetesJson>(
    resource: Resource<T>,
    options: { namespace?: string } = {},
  ): readonly DeepReadonly<Stored<T>>[] {
    return this.of(resource).cache.list(options.namespace) as unknown as readonly DeepReadonly<Stored<T>>[];
  }

  byIndex<T extends KubernetesJson>(
    resource: Resource<T>,
    index: string,
    value: string,
  ): readonly DeepReadonly<Stored<T>>[] {
    return this.of(resource).cache.byIndex(index, value) as unknown as readonly DeepReadonly<Stored<T>>[];
  }

  private of(resource: Resource): Informer {
    const informer = this.find(resource);
    if (informer === undefined) throw new Error(`${resourceName(resource)} is not watched`);
    return informer;
  }
}
