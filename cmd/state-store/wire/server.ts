import type { Socket } from 'node:net';
import type { SecureContextOptions, Server, TLSSocket } from 'node:tls';
import { createServer } from 'node:tls';
import type { Logger } from '../../../runtime/telemetry/index.js';
import type { CommandHandler } from './connection.js';
import { Connection } from './connection.js';

/** Certificate chain and key of the server, PEM. */
export type ServerCertificate = Pick<SecureContextOptions, 'cert' | 'key'>;

const HANDSHAKE_MS = 10_000;
/** A Porter process asks its questions at its start and at its end one right after the other. */
const QUIET_MS = 1_000;
const LAST_ANSWER_MS = 3_000;

/** Serves clients over TLS; there is no other way. */
export class WireServer {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly connections = new Set<Connection>();
  private accepted = 0;
  private isDraining = false;
  private tellEmpty: () => void = () => undefined;

  constructor(
    certificate: ServerCertificate,
    private readonly handle: CommandHandler,
    private readonly log: Logger,
  ) {
    const options = { ...certificate, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS } as const;
    this.server = createServer(options, (socket) => void this.serve(socket));
    this.server.on('tlsClientError', (error) => this.log.debug({ err: error }, 'TLS handshake failed'));
  }

  /** Serves the client at the other end of a socket. */
  take(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.tellEmpty();
    });
    this.server.emit('connection', socket);
  }

  /** New connections get this certificate. */
  renew(certificate: ServerCertificate): void {
    this.server.setSecureContext({ ...certificate, minVersion: 'TLSv1.2' });
  }

  /**
   * Sends clients away when they have been silent for a second: not all that they ask can be asked twice. Who does not come to
   * rest is sent away after its next answer, and cut off in the end. Resolves when nobody is left.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.isDraining = true;
    const empty = new Promise<void>((resolve) => (this.tellEmpty = resolve));
    for (const connection of this.connections) connection.retire(QUIET_MS);
    const timers = [
      setTimeout(() => this.finish(), Math.max(0, deadlineMs - LAST_ANSWER_MS)),
      setTimeout(() => this.cutOff(), deadlineMs),
    ];
    if (this.sockets.size > 0) await empty;
    for (const timer of timers) clearTimeout(timer);
  }

  /** Ends all connections at once. */
  cutOff(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private finish(): void {
    for (const connection of this.connections) connection.finish();
  }

  private async serve(socket: TLSSocket): Promise<void> {
    this.accepted += 1;
    socket.on('error', (error: Error) => this.log.debug({ err: error }, 'connection broke'));
    const session = { connectionId: this.accepted, closing: false };
    const connection = new Connection(socket, session, this.handle, this.log);
    this.connections.add(connection);
    if (this.isDraining) connection.retire(QUIET_MS);
    await connection.serve();
    this.connections.delete(connection);
  }
}
