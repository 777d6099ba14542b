import type { KubernetesJson } from './objects.js';

/**
 * Where a kind lives in the API. `T` is the shape of its objects and exists for the compiler alone.
 * `group` is `''` for the core group.
 */
export interface Resource<T extends KubernetesJson = KubernetesJson> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** The kind makes no sense without `spec`; an object may lack it that was stored under another definition. */
  readonly specRequired?: boolean;
  /** Never set: carries `T` so that a `Resource<Pod>` is not a `Resource<Job>`. */
  readonly __shape?: T;
}

/** Whether the object lacks the `spec` that its kind requires. */
export function lacksSpec(resource: Resource, object: object): boolean {
  const { spec } = object as { spec?: object | null };
  return resource.specRequired === true && (spec === undefined || spec === null);
}

/** `v1` for the core group, `group/version` for all others. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `jobs.batch`, `pods`: how kubectl and RBAC messages name a resource. */
export function resourceName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}
