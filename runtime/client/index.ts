export { keyOf, keyText, parseKey } from './objects.js';
export type { DeepReadonly, KubernetesJson, ObjectKey, ObjectMeta, OwnerReference, Stored } from './objects.js';
export { apiVersionOf, resourceName } from './resource.js';
export type { Resource } from './resource.js';
export {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  JOBS,
  NAMESPACES,
  PODS,
  SECRETS,
  SERVICES,
  SERVICE_ACCOUNTS,
} from './core-resources.js';
export type {
  ConfigMap,
  Container,
  ContainerStatus,
  CoreEvent,
  CustomResourceDefinition,
  Job,
  Namespace,
  Pod,
  PodStatus,
  Secret,
  Service,
  ServiceAccount,
} from './core-resources.js';
