export { Logger, createLogger, silentLogger } from './logger.js';
export { Metrics } from './metrics.js';
