import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { CertificateWatch } from '../tls/index.js';
import type { Answer } from './answers.js';
import { RefusedRequest, textAnswer } from './answers.js';
import type { BodyLimits } from './request-body.js';
import { bodyOf } from './request-body.js';

/** Answers by path; anything else is 404, and one that rejects is 500 unless it says otherwise by {@link RefusedRequest}. */
export type Routes = Readonly<Record<string, (request: ReceivedRequest) => Answer | Promise<Answer>>>;

/** The part of a request that decides whether it is answered. */
export interface AskedRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** The header of that name. */
  readonly authorization?: string;
}

/** A request as a path gets it. */
export interface ReceivedRequest extends AskedRequest {
  /** The header of that name. */
  readonly contentType?: string;
  /** The body as text, read when it is asked for. */
  body(limits: BodyLimits): Promise<string>;
}

/** Makes an endpoint one of HTTPS that need not answer everybody. */
export interface Protection {
  readonly certificate: CertificateWatch;
  /** What a request is refused with; `undefined` when it may go on. Without it everybody is answered. */
  readonly refusal?: (request: AskedRequest) => Promise<Answer | undefined>;
}

const NOT_FOUND = textAnswer(404, 'not found');
const FAILED = textAnswer(500, 'failed');

/** A small server for kubelets, Prometheus and the API server. */
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
      void this.answer(received(request)).then(({ code, contentType, body, headers }) => {
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

  private async answer(request: ReceivedRequest): Promise<Answer> {
    const route = Object.hasOwn(this.routes, request.path) ? this.routes[request.path] : undefined;
    if (route === undefined) return NOT_FOUND;
    try {
      return (await this.protection?.refusal?.(request)) ?? (await route(request));
    } catch (error) {
      return error instanceof RefusedRequest ? error.answer : FAILED;
    }
  }
}

function received(request: IncomingMessage): ReceivedRequest {
  const { method = 'GET', url = '/', headers } = request;
  return {
    method,
    path: url.replace(/\?.*$/, ''),
    authorization: headers.authorization,
    contentType: headers['content-type'],
    body: (limits) => bodyOf(request, limits),
  };
}

/** `:8080` means all interfaces; `0` and the empty string mean off. */
export function parseAddress(address: string): { host?: string; port: number } | undefined {
  if (address === '' || address === '0') return undefined;
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(address) ?? [];
  if (port === '' || Number(port) > 65_535) throw new Error(`'${address}' is not an address; use host:port or :port`);
  return { host: host === '' ? undefined : host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
