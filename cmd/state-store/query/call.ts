import type { Document } from 'bson';
import type { Tenant } from '../persistence/tenant.js';
import type { Request } from '../wire/messages.js';

/** A command of a client that has logged in. */
export interface Call {
  readonly request: Request;
  /** The command's document; values have BSON's types. */
  readonly body: Document;
  /** Whose documents it is about. */
  readonly tenant: Tenant;
}
