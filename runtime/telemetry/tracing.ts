import { inject, injectable, optional } from 'inversify';
import { Logger, silentLogger } from './logger.js';
import type { OtlpSpans } from './otlp-spans.js';

/** What is known of a piece of work; names as in OpenTelemetry's semantic conventions where these have one. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A piece of work under way. */
export interface Span {
  /** Adds what has become known meanwhile. */
  set(attributes: Attributes): void;
}

/** Where spans go. */
export interface TracingOptions {
  /** Base URL of an OTLP/HTTP receiver, such as `http://collector:4318`; `''` is off. */
  readonly endpoint: string;
  /** The share of passes that are traced, from 0 to 1. */
  readonly ratio: number;
}

/** Injection token of {@link TracingOptions}. */
export const TracingOptions = Symbol.for('runtime.TracingOptions');

const OFF: TracingOptions = { endpoint: '', ratio: 0 };
const UNTRACED: Span = { set: () => undefined };

/** Spans of what the operator does. Until it is started, and when it is off, work is only done: nothing is loaded for it. */
@injectable()
export class Tracing {
  private spans: OtlpSpans | undefined;

  constructor(
    @inject(TracingOptions) @optional() private readonly options: TracingOptions = OFF,
    @inject(Logger) @optional() private readonly log: Logger = silentLogger,
  ) {}

  async start(): Promise<void> {
    if (this.options.endpoint === '' || this.spans !== undefined) return;
    // 200 ms and 20 MiB that nobody pays for who does not want it.
    const { OtlpSpans } = await import('./otlp-spans.js');
    this.spans = new OtlpSpans(this.options, this.log);
  }

  /** Does `work` in a span, within that of whoever calls; an error ends it as failed and is thrown on. */
  span<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
    return this.spans === undefined ? work(UNTRACED) : this.spans.span(name, attributes, work);
  }

  /** Like {@link span}, for a request that leaves the process. */
  request<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
    return this.spans === undefined ? work(UNTRACED) : this.spans.request(name, attributes, work);
  }

  /** Headers by which the server can continue the trace (W3C Trace Context). */
  headers(): Readonly<Record<string, string>> {
    return this.spans?.headers() ?? {};
  }

  /** Sends what is left. Never fails. */
  async stop(): Promise<void> {
    await this.spans?.stop();
  }
}
