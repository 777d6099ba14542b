import type { Dispatcher } from 'undici';
import { errors } from 'undici';
import type { Scheduler } from '../clock/index.js';
import { sleep } from '../clock/index.js';
import type { Metrics, Span, Tracing } from '../telemetry/index.js';
import { ApiError } from './api-error.js';
import { apiErrorOf } from './api-reply.js';
import { Connections } from './connections.js';
import type { Credentials, Identity } from './credentials.js';
import { Cutoff, DeadlineError } from './cutoff.js';
import { linesOf } from './lines.js';
import { currentSignal } from './pass-signal.js';
import type { ApiRequest, StreamRequest, Transport } from './request.js';
import { retryDelayMs } from './retry-policy.js';
import { NotLeadingError } from './write-fence.js';

/** For calls that do not say otherwise. */
const DEADLINE_MS = 15_000;
const USER_AGENT = 'porterops';

/** What a transport needs from its surroundings. */
export interface TransportDeps {
  readonly credentials: Credentials;
  readonly scheduler: Scheduler;
  readonly random: { next(): number };
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

type Reply = Dispatcher.ResponseData;

/** {@link Transport} over pooled HTTP/1.1 connections. */
export class HttpTransport implements Transport {
  private connections: Connections | undefined;
  private readonly closing = new AbortController();

  constructor(private readonly deps: TransportDeps) {}

  async send(request: ApiRequest): Promise<string> {
    const interest = request.signal ?? currentSignal();
    const signals = [this.closing.signal, ...(interest === undefined ? [] : [interest])];
    for (let tries = 1; ; tries++) {
      try {
        return await this.traced(request, tries, (span) => this.attempt(request, signals, span));
      } catch (error) {
        const delay = retryDelayMs(error, request, tries, this.deps.random.next());
        if (request.urgent === true || delay === undefined || signals.some(({ aborted }) => aborted)) throw error;
        await sleep(this.deps.scheduler, delay, AbortSignal.any(signals));
      }
    }
  }

  async *stream(request: StreamRequest): AsyncIterable<string> {
    const signal = AbortSignal.any([request.signal, this.closing.signal]);
    const reply = await this.authorized(request, (identity) => this.call(request, identity, signal));
    try {
      if (!isSuccess(reply)) throw apiErrorOf(reply.statusCode, reply.headers, await reply.body.text());
      yield* linesOf(reply.body);
    } catch (error) {
      throw asApiError(error, request, signal);
    }
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('the transport is closed'));
    await this.connections?.destroy();
  }

  /** Each attempt is a span of its own: a server that answers 429 is seen as what it is. */
  private traced(request: ApiRequest, tries: number, attempt: (span: Span) => Promise<string>): Promise<string> {
    const { method, path } = request;
    const attributes = { 'http.request.method': method, 'url.path': path, 'http.request.resend_count': tries - 1 };
    return this.deps.tracing.request(method, attributes, attempt);
  }

  private async attempt(request: ApiRequest, signals: readonly AbortSignal[], span: Span): Promise<string> {
    const deadlineMs = Math.min(request.deadlineMs ?? DEADLINE_MS, request.fence?.allowance() ?? Infinity);
    const cutoff = new Cutoff(signals, deadlineMs, this.deps.scheduler);
    try {
      return await cutoff.until(() => this.replyTo(request, cutoff.signal, span));
    } catch (error) {
      throw cutoff.signal.aborted ? asApiError(error, request, cutoff.signal) : error;
    } finally {
      cutoff.release();
    }
  }

  private async replyTo(request: ApiRequest, signal: AbortSignal, span: Span): Promise<string> {
    const reply = await this.authorized(request, (identity) => this.call(request, identity, signal));
    span.set({ 'http.response.status_code': reply.statusCode });
    const body = await reply.body.text().catch((error: unknown) => {
      throw asApiError(error, request, signal);
    });
    if (!isSuccess(reply)) throw apiErrorOf(reply.statusCode, reply.headers, body);
    return body;
  }

  /** Once more with fresh credentials when the server does not know us. */
  private async authorized(request: ApiRequest, call: (identity: Identity) => Promise<Reply>): Promise<Reply> {
    const identity = await this.deps.credentials.identity();
    const reply = await call(identity);
    if (reply.statusCode !== 401) return reply;
    const renewed = await this.deps.credentials.renew(identity);
    if (renewed === identity) return reply;
    await reply.body.dump();
    return call(renewed);
  }

  private async call(
    request: ApiRequest & { idleMs?: number },
    identity: Identity,
    signal: AbortSignal,
  ): Promise<Reply> {
    const pools = this.connectionsFor(identity);
    const { body, method, idleMs, fence } = request;
    try {
      const reply = await pools.for(request).request({
        origin: identity.server,
        path: pathOf(request),
        method,
        headers: { ...headersOf(request, identity), ...this.deps.tracing.headers() },
        body: body === undefined ? undefined : JSON.stringify(body),
        bodyTimeout: idleMs,
        signal,
        fence,
      } as Dispatcher.RequestOptions);
      this.count(reply.statusCode.toString(), method, identity);
      return reply;
    } catch (error) {
      this.count('<error>', method, identity);
      throw asApiError(error, request, signal);
    }
  }

  /** A rotated CA or client certificate means new connections; those under way end in peace. */
  private connectionsFor(identity: Identity): Connections {
    if (this.connections?.fit(identity.connection) === true) return this.connections;
    this.connections?.retire();
    this.connections = new Connections(identity.connection);
    return this.connections;
  }

  private count(code: string, method: string, identity: Identity): void {
    this.deps.metrics.requests.inc({ code, method, host: new URL(identity.server).host });
  }
}

const isSuccess = (reply: Reply) => reply.statusCode >= 200 && reply.statusCode < 300;

function pathOf({ path, query = {} }: ApiRequest): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, `${value}`);
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

function headersOf(request: ApiRequest, identity: Identity): Record<string, string> {
  return {
    ...identity.headers,
    'user-agent': USER_AGENT,
    accept: request.accept ?? 'application/json',
    ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
  };
}

/** Says which call failed, and whether it was our patience, our interest or the connection that ended. */
function asApiError(error: unknown, { method, path }: ApiRequest, signal: AbortSignal): unknown {
  if (error instanceof ApiError || error instanceof NotLeadingError || !(error instanceof Error)) return error;
  const reason = reasonOf(error, signal);
  return new ApiError(`${method} ${path}: ${error.message}`, { code: 0, reason, cause: error });
}

function reasonOf(error: Error, signal: AbortSignal): string {
  if (error instanceof DeadlineError || error instanceof errors.HeadersTimeoutError) return 'Timeout';
  if (error instanceof errors.BodyTimeoutError) return 'Idle';
  return signal.aborted ? 'Aborted' : 'Unreachable';
}
