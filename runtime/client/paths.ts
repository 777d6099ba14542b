import type { ObjectKey } from './objects.js';
import type { Resource } from './resource.js';

/** `/apis/batch/v1/namespaces/default/jobs`; without `namespace` the collection of all namespaces. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : '';
  return `${root}${scope}/${resource.plural}`;
}

/** The path of one object, or of its subresource. */
export function objectPath(resource: Resource, key: ObjectKey, subresource?: string): string {
  if (resource.namespaced && key.namespace === undefined) {
    throw new Error(`${resource.kind} ${key.name} needs a namespace`);
  }
  const path = `${collectionPath(resource, key.namespace)}/${segment(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** Names come from users: one segment, never a way to another path. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') throw new Error(`'${name}' is not the name of an object`);
  return encodeURIComponent(name);
}
