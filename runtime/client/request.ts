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
  /** The caller's own interest in the reply; the deadline of the transport holds anyway. */
  signal?: AbortSignal;
}

/** Carries requests to one API server as one identity. */
export interface Transport {
  /** The body of a 2xx reply; anything else is an `ApiError`. */
  send(request: ApiRequest): Promise<string>;
  /** The lines of a reply without end; ends when the server ends it, throws when the connection breaks. */
  stream(request: ApiRequest, signal: AbortSignal): AsyncIterable<string>;
  /** Closes all connections; calls under way fail. */
  close(): Promise<void>;
}

/** Injection token of {@link Transport}. */
export const Transport = Symbol.for('runtime.Transport');
