import type { KubernetesJson, Resource } from '../../runtime/client/index.js';

type Service = KubernetesJson & { spec?: { clusterIP?: string } };

/** Services, which the product itself never reads. */
export const SERVICES: Resource<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  namespaced: true,
};
