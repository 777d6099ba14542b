import type { Span as OpenSpan, Tracer } from '@opentelemetry/api';
import { DiagLogLevel, SpanKind, SpanStatusCode, context, diag, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from './logger.js';
import type { Attributes, Span, TracingOptions } from './tracing.js';

const SERVICE = 'porterops';
/** A receiver that is away must not hold up whoever ends. */
const EXPORT_TIMEOUT_MS = 5_000;

/** {@link Span}s that OpenTelemetry's own library records and sends by OTLP/HTTP. */
export class OtlpSpans {
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;

  constructor({ endpoint, ratio }: TracingOptions, log: Logger) {
    diag.setLogger(diagnosed(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: EXPORT_TIMEOUT_MS });
    this.provider = new TracerProvider({
      resource: defaultResource().merge(resourceFromAttributes({ 'service.name': SERVICE })),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
      spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
    });
    this.tracer = this.provider.getTracer(SERVICE);
  }

  span<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
    return this.within(this.tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes }), work);
  }

  request<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
    return this.within(this.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }), work);
  }

  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    propagation.inject(context.active(), headers);
    return headers;
  }

  async stop(): Promise<void> {
    // What could not be sent has been told by `diag`.
    await this.provider.shutdown().catch(() => undefined);
    context.disable();
    propagation.disable();
    diag.disable();
  }

  private async within<T>(open: OpenSpan, work: (span: Span) => Promise<T>): Promise<T> {
    const span: Span = { set: (attributes) => void open.setAttributes(attributes) };
    try {
      return await context.with(trace.setSpan(context.active(), open), () => work(span));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      open.setStatus({ code: SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      open.end();
    }
  }
}

/** As OTEL_EXPORTER_OTLP_ENDPOINT is understood everywhere: the path of traces is added to it. */
function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}

function diagnosed(log: Logger) {
  const warn = (message: string, ...details: unknown[]) => log.warn({ details: details.map(String) }, message);
  const quiet = () => undefined;
  return { error: warn, warn, info: quiet, debug: quiet, verbose: quiet };
}
