import { inject, injectable } from 'inversify';
import type { DeepReadonly, KubernetesJson, Resource, Stored } from '../../../runtime/client/index.js';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  Client,
  NAMESPACES,
  isForbidden,
  keyOf,
  resourceName,
} from '../../../runtime/client/index.js';
import { Reader } from '../../../runtime/cache/index.js';
import type { WatchBuilder } from '../../../runtime/controller/index.js';
import { Rbac } from '../../../runtime/schema/index.js';

/** Whether what surrounds an object is going away with it. */
export interface Surroundings {
  /** The kind itself is being removed from the cluster. */
  readonly isKindTerminating: boolean;
  readonly isNamespaceTerminating: boolean;
}

type Object = DeepReadonly<Stored<KubernetesJson>>;

/** Tells a deletion that somebody meant from one that only follows from removing the namespace or the kind. */
@injectable()
@Rbac({ groups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'], clusterScope: true })
@Rbac({
  groups: ['apiextensions.k8s.io'],
  resources: ['customresourcedefinitions'],
  verbs: ['get', 'list', 'watch'],
  clusterScope: true,
})
export class Terminations {
  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Reader) private readonly reader: Reader,
  ) {}

  /** As far as the cache knows. */
  known(resource: Resource, { metadata }: Object): Surroundings {
    const namespace = this.reader.get(NAMESPACES, { name: metadata.namespace ?? '' });
    const kind = this.reader.get(CUSTOM_RESOURCE_DEFINITIONS, { name: resourceName(resource) });
    return { isNamespaceTerminating: isGoing(namespace), isKindTerminating: isGoing(kind) };
  }

  /** Asked of the server, for what cannot be taken back. */
  async current(resource: Resource, { metadata }: Object): Promise<Surroundings> {
    const [namespace, kind] = await Promise.all([
      this.find(NAMESPACES, metadata.namespace ?? ''),
      this.find(CUSTOM_RESOURCE_DEFINITIONS, resourceName(resource)),
    ]);
    return { isNamespaceTerminating: isGoing(namespace), isKindTerminating: isGoing(kind) };
  }

  /** An operator that serves chosen namespaces only may not be allowed to look; then nothing speaks for an end. */
  private async find(resource: Resource, name: string): Promise<Stored<KubernetesJson> | undefined> {
    try {
      return await this.client.find(resource, { name });
    } catch (error) {
      if (isForbidden(error)) return undefined;
      throw error;
    }
  }
}

/** Wakes the objects of `resource` that are being deleted when their namespace or their kind goes away too. */
export function watchTerminations(on: WatchBuilder, resource: Resource): void {
  const deleted = (reader: Reader, namespace?: string) =>
    reader
      .list(resource, namespace === undefined ? {} : { namespace })
      .filter(isGoing)
      .map(keyOf);
  on.watches(NAMESPACES, {
    metadataOnly: true,
    map: (namespace, reader) => (isGoing(namespace) ? deleted(reader, namespace.metadata.name) : []),
  });
  on.watches(CUSTOM_RESOURCE_DEFINITIONS, {
    metadataOnly: true,
    map: (definition, reader) =>
      isGoing(definition) && definition.metadata.name === resourceName(resource) ? deleted(reader) : [],
  });
}

function isGoing(object: DeepReadonly<KubernetesJson> | undefined): boolean {
  return object?.metadata.deletionTimestamp !== undefined;
}
