export {
  ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNamespaceTerminating,
  isNotFound,
  isRace,
  isTransient,
} from './api-error.js';
export { apiErrorOfStatus } from './api-reply.js';
export { loadKubeConfig, openTransport } from './connect.js';
export { Client } from './client.js';
export type { DeleteOptions, LogOptions, WriteListener } from './client.js';
export type { ListOptions, ListPage } from './list-pages.js';
export { METADATA_ONLY } from './list-pages.js';
export { withSignal, withoutSignal } from './pass-signal.js';
export { collectionPath, objectPath } from './paths.js';
export { Transport } from './request.js';
export type { ApiRequest, StreamRequest } from './request.js';

export { isOwnedBy, keyOf, keyText, parseKey } from './objects.js';
export type { DeepReadonly, KubernetesJson, ObjectKey, ObjectMeta, OwnerReference, Stored } from './objects.js';
export { NO_FENCE, NotLeadingError, WriteFence } from './write-fence.js';
export type { Fence } from './write-fence.js';
export { apiVersionOf, lacksSpec, resourceName } from './resource.js';
export type { Resource } from './resource.js';
export {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  JOBS,
  NAMESPACES,
  PODS,
  SECRETS,
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
  ServiceAccount,
} from './core-resources.js';
