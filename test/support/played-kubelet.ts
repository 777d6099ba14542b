import { BasicConstraintsExtension, cryptoProvider, PemConverter, X509CertificateGenerator } from '@peculiar/x509';
import { webcrypto } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { Pod, Stored } from '../../runtime/client/index.js';
import type { KubeApi } from './kube-api.js';
import { NODES, PLAYED_NODE } from './nodes.js';
import { freePort } from './program.js';

/**
 * Answers for the logs of played Pods as a kubelet does: the API server asks it over TLS for the containers of the
 * Pods that are bound to its node.
 */
export class PlayedKubelet {
  private readonly logs = new Map<string, string>();
  private server: Server | undefined;

  constructor(private readonly api: KubeApi) {}

  async start(): Promise<void> {
    const port = await freePort();
    const server = createServer(await certificate(), (request, response) => {
      const [, verb, namespace, pod] = (request.url ?? '').replace(/\?.*$/, '').split('/');
      const log = verb === 'containerLogs' ? this.logs.get(`${namespace}/${pod}`) : undefined;
      response.writeHead(log === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(log ?? 'no log');
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await this.api.apply(NODES, { metadata: { name: PLAYED_NODE } });
    const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }];
    const status = { addresses, daemonEndpoints: { kubeletEndpoint: { Port: port } } };
    await this.api.patchStatus(NODES, { name: PLAYED_NODE }, { status });
  }

  /** From now on this is the log of each of the Pod's containers. */
  async tells(pod: Stored<Pod>, log: string): Promise<void> {
    const { namespace, name } = pod.metadata;
    this.logs.set(`${namespace}/${name}`, log);
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: PLAYED_NODE } };
    await this.api.call('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, { body });
  }

  async stop(): Promise<void> {
    await this.api.delete(NODES, { name: PLAYED_NODE });
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

/** A certificate for this once; the API server does not check those of kubelets unless it is told to. */
async function certificate(): Promise<{ key: string; cert: string }> {
  cryptoProvider.set(webcrypto);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const cert = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${PLAYED_NODE}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(false)],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { key: PemConverter.encode(key, 'PRIVATE KEY'), cert: cert.toString('pem') };
}
