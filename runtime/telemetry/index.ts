export { Logger, createLogger, silentLogger } from './logger.js';
