import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ENDPOINT_SLICES, SERVICES, type EndpointSlice } from '../../cmd/state-store/serving/endpoint-slice.js';
import type { KubernetesJson } from '../../runtime/client/index.js';
import type { KubeApi } from './kube-api.js';

/**
 * Does what a node does for a Service: new connections go to where its EndpointSlice says, or are refused; those that
 * are there stay. An EndpointSlice takes no loopback address, so that each of its addresses stands for a port of this machine.
 */
export class PlayedService {
  /** Where new connections go now. */
  address: string | undefined;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly stopping = new AbortController();

  private constructor(private readonly ports: ReadonlyMap<string, number>) {
    this.server = createServer((socket) => this.forward(socket));
  }

  /** @param ports of this machine, by the addresses for which they stand */
  static async start(
    api: KubeApi,
    key: { namespace: string; name: string },
    ports: ReadonlyMap<string, number>,
  ): Promise<PlayedService> {
    await api.create(SERVICES, {
      metadata: key,
      spec: { ports: [{ name: 'mongodb', port: 27017 }] },
    } as KubernetesJson);
    const service = new PlayedService(ports);
    const options = { namespace: key.namespace, labelSelector: `kubernetes.io/service-name=${key.name}` };
    const { signal } = service.stopping;
    await api.watch(ENDPOINT_SLICES, options, ({ object }) => service.follow(object), signal);
    service.server.listen(0, '127.0.0.1');
    await once(service.server, 'listening');
    return service;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private follow({ endpoints }: EndpointSlice): void {
    const ready = endpoints.find(({ conditions }) => conditions?.ready !== false);
    this.address = ready?.addresses[0];
  }

  private forward(client: Socket): void {
    this.keep(client);
    const port = this.ports.get(this.address ?? '');
    if (port === undefined) {
      client.resetAndDestroy();
      return;
    }
    const server = connect(port, '127.0.0.1');
    this.keep(server);
    client.pipe(server).pipe(client);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.once('close', () => other.destroySoon());
    }
    server.once('error', () => client.resetAndDestroy());
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined).once('close', () => this.sockets.delete(socket));
  }
}
