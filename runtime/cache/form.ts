import type { KubernetesJson, Resource, Stored } from '../client/index.js';
import { apiVersionOf } from '../client/index.js';

/** Which part of a resource is kept. All controllers that watch one resource must agree on it. */
export interface WatchOptions {
  /** Only objects with these labels, as in `kubectl -l`. */
  labelSelector?: string;
  /** Only `metadata`; `spec`, `status` and `data` stay on the server. */
  metadataOnly?: boolean;
  /** Drops what no reconciler reads, before the object is kept; must not touch `metadata`. */
  transform?: (object: KubernetesJson) => KubernetesJson;
}

/** Whether two controllers ask for the same part, so that one informer serves both. */
export function sameForm(a: WatchOptions, b: WatchOptions): boolean {
  return (
    a.labelSelector === b.labelSelector &&
    (a.metadataOnly ?? false) === (b.metadataOnly ?? false) &&
    a.transform === b.transform
  );
}

type Ingested = Stored<KubernetesJson> & { metadata: { managedFields?: unknown } };

/**
 * The form in which an object fresh from the server is kept: without what is most of its memory and nobody reads, with
 * the kind that items of a list do not carry, and frozen, since everybody shares it. Changes the object given.
 */
export function keepable(
  resource: Resource,
  object: Stored<KubernetesJson>,
  transform?: (object: KubernetesJson) => KubernetesJson,
): Stored<KubernetesJson> {
  delete (object as Ingested).metadata.managedFields;
  delete object.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'];
  object.apiVersion = apiVersionOf(resource);
  object.kind = resource.kind;
  return deepFreeze(transform === undefined ? object : (transform(object) as Stored<KubernetesJson>));
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
