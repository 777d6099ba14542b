import type { Fence } from './write-fence.js';

/** One call to the API server. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, without query. */
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: unknown;
  /** `application/json` when not said. */
  contentType?: string;
  accept?: string;
  /** Doing it twice has the same effect as once, so that it may be sent again when the reply was lost. */
  repeatable: boolean;
  /** The caller's own interest in the reply, instead of that of the pass it belongs to; the deadline holds anyway. */
  signal?: AbortSignal;
  /** When a call is given up; 15 s when not said. */
  deadlineMs?: number;
  /** Asked before every attempt and again when it is written to the connection; what it throws is the end of the call. */
  fence?: Fence;
  /** Waits for no other call, and is made once; the caller knows better when to try again. */
  urgent?: boolean;
}

/** A call whose reply goes on until somebody ends it. */
export interface StreamRequest extends ApiRequest {
  signal: AbortSignal;
  /** A stream that is silent for so long counts as dead. */
  idleMs: number;
}

/** Carries requests to one API server as one identity. */
export interface Transport {
  /** The body of a 2xx reply; anything else is an `ApiError`. */
  send(request: ApiRequest): Promise<string>;
  /** The lines of a reply; ends when the server ends it, throws `ApiError` when the connection breaks or is silent. */
  stream(request: StreamRequest): AsyncIterable<string>;
  /** Closes all connections; calls under way fail. */
  close(): Promise<void>;
}

/** Injection token of {@link Transport}. */
export const Transport = Symbol.for('runtime.Transport');
