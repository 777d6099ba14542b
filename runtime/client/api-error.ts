/** What the API server said when it refused, or (code 0) why it could not be asked. */
export class ApiError extends Error {
  /** HTTP status; 0 when no reply came. */
  readonly code: number;
  /** `metav1.Status.reason`, such as `NotFound`; `Timeout` or `Unreachable` with code 0. */
  readonly reason: string;
  /** The server's wish from `Retry-After` or `details.retryAfterSeconds`. */
  readonly retryAfterMs?: number;
  /** `metav1.Status.details`. */
  readonly details?: unknown;

  constructor(message: string, about: ApiErrorFields) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.name = 'ApiError';
    this.code = about.code;
    this.reason = about.reason;
    this.retryAfterMs = about.retryAfterMs;
    this.details = about.details;
  }
}

export interface ApiErrorFields {
  code: number;
  reason: string;
  retryAfterMs?: number;
  details?: unknown;
  cause?: unknown;
}

const isApiError = (error: unknown): error is ApiError => error instanceof ApiError;

/** The object, or the kind itself, is not there. */
export function isNotFound(error: unknown): error is ApiError {
  return isApiError(error) && error.code === 404;
}

/** Somebody else wrote first, or a precondition does not hold; never an AlreadyExists. */
export function isConflict(error: unknown): error is ApiError {
  return isApiError(error) && error.code === 409 && error.reason !== 'AlreadyExists';
}

/** The name is taken. */
export function isAlreadyExists(error: unknown): error is ApiError {
  return isApiError(error) && error.code === 409 && error.reason === 'AlreadyExists';
}

/** The request is not allowed; a namespace that is going away also answers so, see {@link isNamespaceTerminating}. */
export function isForbidden(error: unknown): error is ApiError {
  return isApiError(error) && error.code === 403;
}

/** The object breaks a rule of its schema or of admission. */
export function isInvalid(error: unknown): error is ApiError {
  return isApiError(error) && (error.code === 422 || error.code === 400);
}

/** The resource version asked for is no longer kept: list again. */
export function isGone(error: unknown): error is ApiError {
  return isApiError(error) && (error.code === 410 || error.reason === 'Expired');
}

/** Nothing can be created any more because the namespace is being deleted. */
export function isNamespaceTerminating(error: unknown): error is ApiError {
  if (!isForbidden(error)) return false;
  const { causes } = (error.details ?? {}) as { causes?: { reason?: string }[] };
  return causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false;
}

/** Time alone may mend it: no reply, too many requests, or the server in trouble. */
export function isTransient(error: unknown): error is ApiError {
  return isApiError(error) && (error.code === 0 || error.code === 429 || error.code >= 500);
}

/** The world moved on between the look and the write: look again, and do not make a fuss. */
export function isRace(error: unknown): error is ApiError {
  return isConflict(error) || isNotFound(error) || isAlreadyExists(error) || isNamespaceTerminating(error);
}
