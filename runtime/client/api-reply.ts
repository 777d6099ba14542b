import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.js';

/** Whoever asks for more patience than this is asked again earlier: somebody's typing error must not stop us for days. */
const LONGEST_PATIENCE_MS = 5 * 60_000;
/** How much of a reply that is not a Status goes into the message. */
const EXCERPT = 200;

/** The error that a reply outside 2xx stands for, whether the API server or something before it wrote it. */
export function apiErrorOf(code: number, headers: IncomingHttpHeaders, body: string): ApiError {
  const status = parseStatus(body);
  return new ApiError(status?.message ?? `HTTP ${code}: ${body.slice(0, EXCERPT).trim()}`, {
    code,
    reason: status?.reason ?? REASONS[code] ?? 'Unknown',
    retryAfterMs: retryAfter(headers, status),
    details: status?.details,
  });
}

/** The error in an `ERROR` event of a watch: a Status object. */
export function apiErrorOfStatus(status: unknown): ApiError {
  const { code = 500, reason = 'Unknown', message, details } = (status ?? {}) as StatusBody;
  return new ApiError(message ?? `watch error ${code}`, { code, reason, details });
}

interface StatusBody {
  kind?: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: { retryAfterSeconds?: number };
}

/** Reasons that the API server would have given. */
const REASONS: Record<number, string | undefined> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function parseStatus(body: string): StatusBody | undefined {
  try {
    const parsed = JSON.parse(body) as StatusBody | null;
    return parsed?.kind === 'Status' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function retryAfter(headers: IncomingHttpHeaders, status: StatusBody | undefined): number | undefined {
  const seconds = Number(headers['retry-after'] ?? status?.details?.retryAfterSeconds);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, LONGEST_PATIENCE_MS) : undefined;
}
