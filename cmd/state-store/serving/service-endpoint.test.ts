import { expect } from 'chai';
import type { KubernetesJson, Resource, Transport } from '../../../runtime/client/index.js';
import { Client, openTransport, PODS } from '../../../runtime/client/index.js';
import { FakeApiServer } from '../../../test/support/fake-api-server.js';
import { ENDPOINT_SLICES, SERVICES } from './endpoint-slice.js';
import { ServiceEndpoint } from './service-endpoint.js';

const NAMESPACE = 'porterops-system';
const SERVICE = 'porterops-state-store';
const LABELS = { 'app.kubernetes.io/name': 'porterops', 'app.kubernetes.io/component': 'state-store' };
const ENDPOINTS: Resource = { group: '', version: 'v1', kind: 'Endpoints', plural: 'endpoints', namespaced: true };
const KEY = { namespace: NAMESPACE, name: SERVICE };

describe('ServiceEndpoint', () => {
  let server: FakeApiServer;
  let transport: Transport;

  beforeEach(async () => {
    server = await new FakeApiServer().start();
    transport = openTransport(() => server.kubeConfig());
  });

  afterEach(async () => {
    await transport.close();
    await server.stop();
  });

  const endpointOf = (name: string, ip: string) =>
    new ServiceEndpoint({
      client: new Client(transport),
      namespace: NAMESPACE,
      serviceName: SERVICE,
      pod: { ip, name, port: 27017 },
    });
  const create = (resource: Resource, object: object) => server.put(resource, object as KubernetesJson);
  const slice = () => server.get(ENDPOINT_SLICES, KEY);

  it('leads the Service to the Pod that said so last', async () => {
    const service = create(SERVICES, { metadata: KEY });
    await endpointOf('store-1', '10.0.0.1').publish();
    await endpointOf('store-2', '10.0.0.2').publish();
    expect(slice()).to.deep.include({
      addressType: 'IPv4',
      ports: [{ name: 'mongodb', port: 27017, protocol: 'TCP' }],
    });
    const [endpoint, ...more] = slice()!.endpoints;
    expect(endpoint).to.deep.include({
      addresses: ['10.0.0.2'],
      targetRef: { kind: 'Pod', namespace: NAMESPACE, name: 'store-2' },
    });
    expect(more).to.deep.equal([]);
    expect(slice()!.metadata.labels).to.include({ 'kubernetes.io/service-name': SERVICE });
    expect(slice()!.metadata.ownerReferences?.[0]).to.include({ kind: 'Service', uid: service.metadata.uid });
  });

  const pod = (name: string, podIP: string | undefined, ready = 'True', more = {}) =>
    server.put(PODS, {
      metadata: { namespace: NAMESPACE, name, labels: LABELS, ...more },
      status: { podIP, conditions: [{ type: 'Ready', status: ready }] },
    });

  it('leads it to a Pod that is ready when the store ends', async () => {
    create(SERVICES, { metadata: KEY });
    pod('store-1', 'fd00::1');
    pod('not-ready', 'fd00::2', 'False');
    pod('going', 'fd00::3', 'True', { deletionTimestamp: '2030-01-01T00:00:00Z' });
    pod('other-program', 'fd00::4', 'True', { labels: {} });
    pod('store-2', 'fd00::5');
    const endpoint = endpointOf('store-1', 'fd00::1');
    await endpoint.publish();
    expect(await endpoint.handOver()).to.deep.equal({ ip: 'fd00::5', name: 'store-2', port: 27017 });
    expect(slice()).to.include({ addressType: 'IPv6' });
    expect(slice()!.endpoints.map(({ addresses, targetRef }) => [addresses, targetRef?.name])).to.deep.equal([
      [['fd00::5'], 'store-2'],
    ]);
  });

  it('leads it nowhere when there is no other', async () => {
    create(SERVICES, { metadata: KEY });
    pod('store-1', '10.0.0.1');
    const endpoint = endpointOf('store-1', '10.0.0.1');
    await endpoint.publish();
    expect(await endpoint.handOver()).to.equal(undefined);
    expect(await endpoint.target()).to.include({ name: 'store-1' });
    await endpoint.withdraw();
    expect(slice()).to.deep.include({ endpoints: [] });
    expect(await endpoint.target()).to.equal(undefined);
  });

  it('takes away what was there when the Service had a selector, and nothing of others', async () => {
    create(SERVICES, { metadata: KEY });
    const named = (name: string, service: string) =>
      create(ENDPOINT_SLICES, {
        metadata: { namespace: NAMESPACE, name, labels: { 'kubernetes.io/service-name': service } },
        endpoints: [],
      });
    named('old', SERVICE);
    named('foreign', 'other');
    server.put(ENDPOINTS, { metadata: KEY });
    await endpointOf('store-1', '10.0.0.1').publish();
    await endpointOf('store-1', '10.0.0.1').clearOthers();
    expect(server.get(ENDPOINTS, KEY)).to.equal(undefined);
    const left = ['old', 'foreign', SERVICE].filter(
      (name) => server.get(ENDPOINT_SLICES, { namespace: NAMESPACE, name }) !== undefined,
    );
    expect(left).to.deep.equal(['foreign', SERVICE]);
  });

  it('says it again only when it is not so', async () => {
    create(SERVICES, { metadata: KEY });
    const endpoint = endpointOf('store-1', '10.0.0.1');
    for (let times = 0; times < 3; times += 1) await endpoint.publish();
    expect(server.requests('PATCH')).to.have.lengthOf(1);
    server.remove(ENDPOINT_SLICES, KEY);
    await endpoint.publish();
    expect(slice()?.endpoints).to.have.lengthOf(1);
  });

  it('says nothing where there is no Service', async () => {
    await endpointOf('store-1', '10.0.0.1').publish();
    expect(slice()).to.equal(undefined);
  });
});
