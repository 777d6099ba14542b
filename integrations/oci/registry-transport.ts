import { Agent, request, type Dispatcher } from 'undici';
import { RegistryError } from './registry-error.js';

/** How registries are reached. */
export interface TransportOptions {
  /** PEM certificates to trust; replaces the defaults when given. */
  readonly ca?: readonly string[];
  /** `HOST[:PORT]` of registries that may be spoken to without TLS. */
  readonly insecureRegistries?: readonly string[];
  /** Longest time for one request and its whole body; default 60 s. */
  readonly timeoutMs?: number;
  /** Pause before the second and third try of a request; default 500 ms and 2 s. */
  readonly retryDelaysMs?: readonly number[];
  /** Used instead of an own connection pool, for instance one that goes through a proxy. */
  readonly dispatcher?: Dispatcher;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Bytes of the body beyond which the reply is refused. */
  readonly limit: number;
}

export interface HttpReply {
  readonly status: number;
  readonly body: Buffer;
  /** One value of a header, by its lower-case name. */
  header(name: string): string | undefined;
}

const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_REDIRECTS = 5;
const BUSY = [429, 500, 502, 503, 504];
const ATTEMPTS_WAIT_MS = [500, 2000];
const TIMEOUT_MS = 60_000;

/** HTTP as registries need it: bounded in time and size, retried, and redirected without handing on the login. */
export class RegistryTransport {
  private readonly dispatcher: Dispatcher;

  constructor(private readonly options: TransportOptions = {}) {
    const { ca, dispatcher } = options;
    this.dispatcher = dispatcher ?? new Agent({ connect: ca === undefined ? {} : { ca: [...ca] } });
  }

  /** Base URL of a registry; plain HTTP only where it is allowed by name. */
  urlOf(registry: string): URL {
    const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
    return new URL(`${this.isInsecure(host) ? 'http' : 'https'}://${host}/v2/`);
  }

  /** @throws {@link RegistryError} when no reply can be had; any status is a reply */
  async send(url: URL, message: HttpRequest): Promise<HttpReply> {
    const waits = this.options.retryDelaysMs ?? ATTEMPTS_WAIT_MS;
    for (let attempt = 0; ; attempt++) {
      const reply = await this.follow(url, message).catch((error: unknown) => registryError(url, error));
      const wait = waits[attempt];
      if (!isWorthRetrying(reply) || wait === undefined) {
        if (reply instanceof RegistryError) throw reply;
        return reply;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async close(): Promise<void> {
    if (this.options.dispatcher === undefined) await this.dispatcher.close();
  }

  private async follow(url: URL, message: HttpRequest): Promise<HttpReply> {
    const signal = AbortSignal.timeout(this.options.timeoutMs ?? TIMEOUT_MS);
    let target = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const headers = target.origin === url.origin ? message.headers : withoutLogin(message.headers);
      const reply = await this.once(target, { ...message, headers }, signal);
      const location = REDIRECTS.includes(reply.status) ? reply.header('location') : undefined;
      if (location === undefined || message.method === 'POST') return reply;
      target = this.redirected(target, location);
    }
    throw new RegistryError(`${url.host} redirects too often`, 'Invalid');
  }

  private async once(url: URL, message: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    const { method = 'GET', headers = {}, body } = message;
    const reply = await request(url, { method, headers, body, signal, dispatcher: this.dispatcher });
    const content = await read(reply.body, message.limit, url);
    return {
      status: reply.statusCode,
      body: content,
      header: (name) => {
        const value = reply.headers[name];
        return Array.isArray(value) ? value[0] : value;
      },
    };
  }

  private redirected(from: URL, location: string): URL {
    const target = URL.parse(location, from.href);
    if (target === null || !['https:', 'http:'].includes(target.protocol) || target.username !== '') {
      throw new RegistryError(`${from.host} redirects to something that is no plain web address`, 'Invalid');
    }
    if (target.protocol === 'http:' && from.protocol === 'https:' && !this.isInsecure(target.host)) {
      throw new RegistryError(`${from.host} redirects to ${target.host} without TLS`, 'Untrusted');
    }
    return target;
  }

  private isInsecure(host: string): boolean {
    return this.options.insecureRegistries?.includes(host) === true;
  }
}

function withoutLogin(headers: HttpRequest['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

function isWorthRetrying(reply: HttpReply | RegistryError): boolean {
  return reply instanceof RegistryError ? reply.problem === 'Unavailable' : BUSY.includes(reply.status);
}

async function read(body: AsyncIterable<Buffer>, limit: number, url: URL): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new RegistryError(`${url.host} sent more than ${limit} bytes`, 'Invalid');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const TLS_CODES = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS|SSL|HOSTNAME_MISMATCH/;

function registryError(url: URL, error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  const cause = error as { code?: string; message?: string; name?: string; errors?: { message?: string }[] };
  const text = cause.message || cause.errors?.[0]?.message || cause.code || 'no reply';
  if (TLS_CODES.test(cause.code ?? '')) {
    return new RegistryError(`${url.host}: tls: failed to verify certificate: ${text}`, 'Untrusted', { cause: error });
  }
  const said = cause.name === 'TimeoutError' ? 'timed out' : text.replace('ECONNREFUSED', 'connection refused');
  return new RegistryError(`failed to do request to ${url.host}: ${said}`, 'Unavailable', { cause: error });
}
