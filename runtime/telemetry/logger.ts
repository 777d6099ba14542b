import { pino } from 'pino';

/** One line of structured log: the message is constant, what varies is in the fields. */
type Write = (fields: object, message: string) => void;

/** The part of pino's interface that the product uses, so that a test may give anything that fits. */
export interface Logger {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  child(fields: Record<string, unknown>): Logger;
}

/** Injection token of {@link Logger}. */
export const Logger = Symbol.for('runtime.Logger');

/** JSON lines on stdout, written by the main thread (worker transports do not survive bundling). */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.err },
  });
}

/** Says nothing; for tests and for programs that print their own output. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
