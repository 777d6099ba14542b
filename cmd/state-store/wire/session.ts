import type { ScramExchange } from './scram.js';

/** Who a client proved to be. */
export interface Principal {
  /** The tenant's name, or the manager's user. */
  readonly user: string;
  /** Sees every tenant, by database name, and writes nowhere. */
  readonly manager: boolean;
}

/** A login that waits for the client's next message. */
export interface Login {
  readonly user: string;
  readonly exchange: ScramExchange;
  /** The proof was right; only an empty last message is awaited. */
  proven: boolean;
  /** The client does not want to send that empty message. */
  readonly skipEmptyExchange: boolean;
}

/** What the server remembers of one connection. */
export interface Session {
  readonly connectionId: number;
  principal?: Principal;
  login?: Login;
  /** Close the connection once the answer under way is sent. */
  closing: boolean;
}
