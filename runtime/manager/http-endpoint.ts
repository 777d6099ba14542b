import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { CertificateWatch } from '../tls/index.js';

/** What one path answers. */
export interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers by path; anything else is 404. */
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

/** The part of a request that decides whether it is answered. */
export interface AskedRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** The header of that name. */
  readonly authorization?: string;
}

/** Makes an endpoint one of HTTPS that does not answer everybody. */
export interface Protection {
  readonly certificate: CertificateWatch;
  /** What a request is refused with; `undefined` when it may go on. */
  readonly refusal: (request: AskedRequest) => Promise<Answer | undefined>;
}

const NOT_FOUND: Answer = { code: 404, contentType: 'text/plain', body: 'not found\n' };
const FAILED: Answer = { code: 500, contentType: 'text/plain', body: 'failed\n' };

/** A small server for GET requests of kubelets and Prometheus. */
export class HttpEndpoint {
  private server: Server | undefined;

  constructor(
    private readonly address: string,
    private readonly routes: Routes,
    private readonly protection?: Protection,
  ) {}

  /** Listens on `host:port` or `:port`; `0` is off. */
  async start(): Promise<void> {
    const at = parseAddress(this.address);
    if (at === undefined) return;
    const server = await this.create();
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
    this.protection?.certificate.stop();
    const { server } = this;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private async create(): Promise<Server> {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.answer(askedOf(request)).then(({ code, contentType, body, headers }) => {
        response.writeHead(code, { ...headers, 'content-type': contentType }).end(body);
      });
    };
    if (this.protection === undefined) return createServer(listener);
    const server = createTlsServer(listener);
    await this.protection.certificate.start(({ certificate, key }) => {
      server.setSecureContext({ cert: certificate, key });
    });
    return server;
  }

  private async answer(request: AskedRequest): Promise<Answer> {
    const route = Object.hasOwn(this.routes, request.path) ? this.routes[request.path] : undefined;
    if (route === undefined) return NOT_FOUND;
    try {
      return (await this.protection?.refusal(request)) ?? (await route());
    } catch {
      return FAILED;
    }
  }
}

function askedOf({ method = 'GET', url = '/', headers }: IncomingMessage): AskedRequest {
  return { method, path: url.replace(/\?.*$/, ''), authorization: headers.authorization };
}

/** `:8080` means all interfaces; `0` and the empty string mean off. */
export function parseAddress(address: string): { host?: string; port: number } | undefined {
  if (address === '' || address === '0') return undefined;
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(address) ?? [];
  if (port === '' || Number(port) > 65_535) throw new Error(`'${address}' is not an address; use host:port or :port`);
  return { host: host === '' ? undefined : host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
