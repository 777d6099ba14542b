export { Logger, createLogger, silentLogger } from './logger.js';
export { Metrics } from './metrics.js';
export type { Attributes, Span } from './tracing.js';
export { Tracing, TracingOptions } from './tracing.js';
