import { ApiError } from './api-error.js';

/** Calls per request, the first included. */
export const MAX_TRIES = 4;
/** Doubled with every further try, and jittered. */
const BASE_DELAY_MS = 100;
/** A server that asks for more patience than this is left to the queue's backoff. */
const LONGEST_WAIT_MS = 10_000;

/** System errors that come before the first byte of the request is sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * How long to wait before the same request is sent again, or `undefined` when it must not be. `tries` counts the calls
 * made; `random` is in [0, 1).
 */
export function retryDelayMs(
  error: unknown,
  request: { repeatable: boolean },
  tries: number,
  random: number,
): number | undefined {
  if (!(error instanceof ApiError) || tries >= MAX_TRIES) return undefined;
  if (isRefusedForNow(error)) {
    const wish = error.retryAfterMs ?? backoff(tries, random);
    return wish > LONGEST_WAIT_MS ? undefined : wish + random * BASE_DELAY_MS;
  }
  if (error.code !== 0 || error.reason !== 'Unreachable') return undefined;
  return request.repeatable || wasNeverSent(error) ? backoff(tries, random) : undefined;
}

/** The server did nothing and says so; a 503 without `Retry-After` may come from a proxy that did forward it. */
function isRefusedForNow(error: ApiError): boolean {
  return error.code === 429 || (error.code === 503 && error.retryAfterMs !== undefined);
}

function wasNeverSent(error: ApiError): boolean {
  const { code } = (error.cause ?? {}) as { code?: string };
  return code !== undefined && NEVER_SENT.has(code);
}

function backoff(tries: number, random: number): number {
  return BASE_DELAY_MS * 2 ** (tries - 1) * (0.5 + random);
}
