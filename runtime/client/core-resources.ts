import type {
  CoreV1Event,
  V1ConfigMap,
  V1Container,
  V1ContainerStatus,
  V1Job,
  V1Namespace,
  V1Pod,
  V1PodStatus,
  V1Secret,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import type { KubernetesJson, ObjectMeta } from './objects.js';
import type { Resource } from './resource.js';

/**
 * The built-in kinds that the product touches. client-node's models give the field names; dates are strings in raw
 * JSON, so the fields in question are restated.
 */
type Raw<T> = {
  [K in keyof T]: Date extends T[K] ? string | undefined : T[K] extends object | undefined ? Raw<T[K]> : T[K];
};
type Json<T> = Omit<Raw<T>, 'metadata'> & { metadata: ObjectMeta };

export type Pod = Json<V1Pod>;
export type PodStatus = Raw<V1PodStatus>;
export type Container = V1Container;
export type ContainerStatus = Raw<V1ContainerStatus>;
export type Job = Json<V1Job>;
export type Secret = Json<V1Secret>;
export type ConfigMap = Json<V1ConfigMap>;
export type Namespace = Json<V1Namespace>;
export type ServiceAccount = Json<V1ServiceAccount>;
export type CoreEvent = Json<CoreV1Event>;
export type CustomResourceDefinition = KubernetesJson & {
  spec: { group: string; names: { kind: string; plural: string } };
  status?: { conditions?: { type: string; status: string }[] };
};

export const PODS: Resource<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
export const JOBS: Resource<Job> = { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true };
export const SECRETS: Resource<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
};
export const CONFIG_MAPS: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
export const NAMESPACES: Resource<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};
export const SERVICE_ACCOUNTS: Resource<ServiceAccount> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
};
export const CUSTOM_RESOURCE_DEFINITIONS: Resource<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
