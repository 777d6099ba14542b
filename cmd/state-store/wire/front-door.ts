import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

const MAX_CONNECTIONS = 2000;
/** As long as drivers wait for a connection to come about. */
const MAX_WAIT_MS = 30_000;

/** Where clients arrive. Who comes before anybody can be served waits, and notices nothing but that it takes a while. */
export class FrontDoor {
  private readonly server: Server;
  private readonly waiting = new Map<Socket, NodeJS.Timeout>();
  private serve: ((socket: Socket) => void) | undefined;

  constructor() {
    this.server = createServer((socket) => this.arrive(socket));
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /** Lets clients come; port 0 takes any. Returns the port. */
  async listen(address: { host?: string; port: number }): Promise<number> {
    this.server.listen(address);
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Whether somebody waits. */
  get isWaitedAt(): boolean {
    return this.waiting.size > 0;
  }

  /** Leads those who wait to another door; who comes after them waits again. */
  leadOn(host: string, port: number): void {
    this.eachWaiting((socket) => {
      const other = connect(port, host);
      socket.pipe(other).pipe(socket);
      socket.once('close', () => other.destroy());
      other.once('close', () => socket.destroySoon()).once('error', () => socket.resetAndDestroy());
    });
  }

  /** From now on clients are served, beginning with those who wait. */
  open(serve: (socket: Socket) => void): void {
    this.serve = serve;
    this.eachWaiting(serve);
  }

  /** Nobody else can come, and who still waits has to go. */
  close(): void {
    this.server.close();
    this.eachWaiting((socket) => socket.resetAndDestroy());
  }

  private eachWaiting(visit: (socket: Socket) => void): void {
    for (const [socket, tooLong] of this.waiting) {
      clearTimeout(tooLong);
      visit(socket);
    }
    this.waiting.clear();
  }

  private arrive(socket: Socket): void {
    if (this.serve !== undefined) {
      this.serve(socket);
      return;
    }
    socket.on('error', () => undefined);
    const tooLong = setTimeout(() => socket.destroy(), MAX_WAIT_MS);
    this.waiting.set(socket, tooLong);
    socket.once('close', () => {
      clearTimeout(tooLong);
      this.waiting.delete(socket);
    });
  }
}
