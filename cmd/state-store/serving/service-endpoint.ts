import { isIPv6 } from 'node:net';
import type { Client, Pod, Resource } from '../../../runtime/client/index.js';
import { PODS } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { ENDPOINT_SLICES, SERVICES } from './endpoint-slice.js';

const ENDPOINTS: Resource = { group: '', version: 'v1', kind: 'Endpoints', plural: 'endpoints', namespaced: true };
const SERVICE_LABEL = 'kubernetes.io/service-name';
const PORT_NAME = 'mongodb';
/** Labels of all stores, and of what they make. */
const STORES = { 'app.kubernetes.io/name': 'porterops', 'app.kubernetes.io/component': 'state-store' };

/** Where a Pod is reached. */
export interface PodAddress {
  readonly ip: string;
  readonly name: string;
  readonly port: number;
}

export interface ServiceEndpointOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly serviceName: string;
  readonly pod: PodAddress;
}

/**
 * Where the Service leads. Of several stores one serves, and all are ready to: so the Service has no selector, and the one
 * that serves says where it is.
 */
@Rbac({ groups: [''], resources: ['pods'], verbs: ['list'] })
@Rbac({ groups: [''], resources: ['services'], verbs: ['get'] })
@Rbac({ groups: [''], resources: ['endpoints'], verbs: ['delete'] })
@Rbac({
  groups: ['discovery.k8s.io'],
  resources: ['endpointslices'],
  verbs: ['create', 'delete', 'get', 'list', 'patch'],
})
// OpenShift lets nobody else name addresses of Pods.
@Rbac({ groups: ['discovery.k8s.io'], resources: ['endpointslices/restricted'], verbs: ['create'] })
export class ServiceEndpoint {
  constructor(private readonly options: ServiceEndpointOptions) {}

  /** Where the Service leads; undefined when it leads nowhere. */
  async target(): Promise<PodAddress | undefined> {
    const { client, namespace, serviceName, pod } = this.options;
    const slice = await client.find(ENDPOINT_SLICES, { namespace, name: serviceName });
    const endpoint = slice?.endpoints[0];
    const ip = endpoint?.addresses[0];
    return ip === undefined ? undefined : { ip, name: endpoint?.targetRef?.name ?? '', port: pod.port };
  }

  /** Lets the Service lead to this Pod, if it does not; somebody may have made it anew. */
  async publish(): Promise<void> {
    const target = await this.target();
    if (target?.ip !== this.options.pod.ip) await this.apply([this.options.pod]);
  }

  /** Lets the Service lead to a Pod that stands by, where clients wait until it serves; undefined when there is none. */
  async handOver(): Promise<PodAddress | undefined> {
    const { client, namespace, pod } = this.options;
    const labelSelector = Object.entries(STORES)
      .map(([key, value]) => `${key}=${value}`)
      .join();
    const pods = await client.list(PODS, { namespace, labelSelector });
    const next = pods.find((other) => other.metadata.name !== pod.name && isReady(other));
    const ip = next?.status?.podIP;
    if (next === undefined || ip === undefined) return undefined;
    const address = { ip, name: next.metadata.name, port: pod.port };
    await this.apply([address]);
    return address;
  }

  /** Lets the Service lead nowhere: who asks is refused at once and asks again. */
  async withdraw(): Promise<void> {
    await this.apply([]);
  }

  /** Takes away what Kubernetes leaves of a Service that had a selector before. */
  async clearOthers(): Promise<void> {
    const { client, namespace, serviceName } = this.options;
    // Of Endpoints it would make an EndpointSlice again and again.
    await client.delete(ENDPOINTS, { namespace, name: serviceName });
    const slices = await client.list(ENDPOINT_SLICES, { namespace, labelSelector: `${SERVICE_LABEL}=${serviceName}` });
    for (const { metadata } of slices) {
      if (metadata.name !== serviceName) await client.delete(ENDPOINT_SLICES, { namespace, name: metadata.name });
    }
  }

  private async apply(pods: readonly Pick<PodAddress, 'ip' | 'name'>[]): Promise<void> {
    const { client, namespace, serviceName, pod } = this.options;
    const service = await client.find(SERVICES, { namespace, name: serviceName });
    // It goes with the Service. Without one nobody is led anywhere, and there is nothing to say.
    if (service === undefined) return;
    const endpoints = pods.map(({ ip, name }) => ({
      addresses: [ip],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', namespace, name },
    }));
    const owner = { apiVersion: 'v1', kind: 'Service', name: serviceName, uid: service.metadata.uid };
    await client.apply(ENDPOINT_SLICES, {
      metadata: {
        namespace,
        name: serviceName,
        labels: { ...STORES, [SERVICE_LABEL]: serviceName, 'endpointslice.kubernetes.io/managed-by': 'porterops' },
        ownerReferences: [owner],
      },
      addressType: isIPv6(pod.ip) ? 'IPv6' : 'IPv4',
      endpoints,
      ports: [{ name: PORT_NAME, port: pod.port, protocol: 'TCP' }],
    });
  }
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && ready?.status === 'True';
}
