import type { Server } from 'node:http';
import { createServer } from 'node:http';

/** What one path answers. */
export interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
}

/** Answers by path; anything else is 404. */
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

/** A small HTTP server for GET requests of kubelets and Prometheus. */
export class HttpEndpoint {
  private server: Server | undefined;

  constructor(
    private readonly address: string,
    private readonly routes: Routes,
  ) {}

  /** Listens on `host:port` or `:port`; `0` is off. */
  async start(): Promise<void> {
    const at = parseAddress(this.address);
    if (at === undefined) return;
    const server = createServer((request, response) => {
      const path = (request.url ?? '/').replace(/\?.*$/, '');
      void this.answer(path).then(({ code, contentType, body }) => {
        response.writeHead(code, { 'content-type': contentType }).end(body);
      });
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(at.port, at.host, resolve);
    });
  }

  /** The port in use, also when 0 was asked for. */
  get port(): number | undefined {
    const address = this.server?.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private async answer(path: string): Promise<Answer> {
    try {
      const route = Object.hasOwn(this.routes, path) ? this.routes[path] : undefined;
      return (await route?.()) ?? { code: 404, contentType: 'text/plain', body: 'not found\n' };
    } catch {
      return { code: 500, contentType: 'text/plain', body: 'failed\n' };
    }
  }
}

/** `:8080` means all interfaces; `0` and the empty string mean off. */
export function parseAddress(address: string): { host?: string; port: number } | undefined {
  if (address === '' || address === '0') return undefined;
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(address) ?? [];
  if (port === '' || Number(port) > 65_535) throw new Error(`'${address}' is not an address; use host:port or :port`);
  return { host: host === '' ? undefined : host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
