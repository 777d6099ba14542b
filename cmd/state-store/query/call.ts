import type { Document } from 'bson';
import type { Tenant } from '../persistence/tenant.js';
import type { Request } from '../wire/messages.js';
import type { RetryableWrite } from './retryable-write.js';

/** A command of a client that has logged in. */
export interface Call {
  readonly request: Request;
  /** The command's document; values have BSON's types. */
  readonly body: Document;
  /** Whose documents it is about. */
  readonly tenant: Tenant;
  /** Set when the client sends the command again if it gets no answer. */
  readonly retry?: RetryableWrite | undefined;
}
