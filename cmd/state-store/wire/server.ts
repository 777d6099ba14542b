import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions, Server, TLSSocket } from 'node:tls';
import { createServer } from 'node:tls';
import type { Logger } from '../../../runtime/telemetry/index.js';
import type { CommandHandler } from './connection.js';
import { Connection } from './connection.js';

/** Certificate chain and key of the server, PEM. */
export type ServerCertificate = Pick<SecureContextOptions, 'cert' | 'key'>;

const MAX_CONNECTIONS = 2000;
const HANDSHAKE_MS = 10_000;

/** Accepts clients over TLS; there is no other way in. */
export class WireServer {
  private readonly server: Server;
  private readonly connections = new Set<Connection>();
  private accepted = 0;

  constructor(
    certificate: ServerCertificate,
    private readonly handle: CommandHandler,
    private readonly log: Logger,
  ) {
    const options = { ...certificate, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS } as const;
    this.server = createServer(options, (socket) => void this.serve(socket));
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.on('tlsClientError', (error) => this.log.debug({ err: error }, 'TLS handshake failed'));
  }

  /** Starts to listen; port 0 takes any. Returns the port. */
  async listen(address: { host?: string; port: number }): Promise<number> {
    this.server.listen(address);
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** New connections get this certificate. */
  renew(certificate: ServerCertificate): void {
    this.server.setSecureContext({ ...certificate, minVersion: 'TLSv1.2' });
  }

  /** Accepts nobody new and lets answers under way go out; what is left after `deadlineMs` is cut off. */
  async drain(deadlineMs: number): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const connection of this.connections) connection.finish();
    const timer = setTimeout(() => this.cutOff(), deadlineMs);
    await closed;
    clearTimeout(timer);
  }

  /** Ends all connections at once. */
  cutOff(): void {
    for (const connection of this.connections) connection.cutOff();
  }

  private async serve(socket: TLSSocket): Promise<void> {
    this.accepted += 1;
    socket.on('error', (error: Error) => this.log.debug({ err: error }, 'connection broke'));
    const session = { connectionId: this.accepted, closing: false };
    const connection = new Connection(socket, session, this.handle, this.log);
    this.connections.add(connection);
    await connection.serve();
    this.connections.delete(connection);
  }
}
