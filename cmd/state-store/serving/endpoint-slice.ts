import type { KubernetesJson, Resource } from '../../../runtime/client/index.js';

/** An address of a Service. */
export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
  readonly targetRef?: { readonly kind?: string; readonly namespace?: string; readonly name?: string };
}

/** Where a Service leads, as far as it is read or written here. */
export interface EndpointSlice extends KubernetesJson {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly object[];
}

export const ENDPOINT_SLICES: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
};
export const SERVICES: Resource = { group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true };
