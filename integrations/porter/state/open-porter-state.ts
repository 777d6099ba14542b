import type { MongoClientOptions } from 'mongodb';
import { MongoClient } from 'mongodb';
import { MongoPorterState } from './mongo-porter-state.js';
import type { PorterState, PorterStateServer } from './porter-state.js';
import { StateUnavailableError } from './porter-state.js';
import { databaseOf } from './store-url.js';

export interface PorterStateAddress {
  /** A MongoDB connection string; it may hold a password and is never repeated in errors. */
  readonly url: string;
  /** Certificate (PEM) of the CA that the server's own is checked against; without it those of the system. */
  readonly ca?: string;
  /** How long it may take to find the server, to connect, and to answer: each of them. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** The view of the database that Porter uses with this URL. Connects with the first question, and again after an absence. */
export function openPorterState(address: PorterStateAddress): PorterState {
  const client = clientOf(address);
  return new MongoPorterState(
    client.db(databaseOf(address.url)),
    () => client.connect(),
    () => client.close(),
  );
}

/** One set of connections for a reader of several tenants. */
export function openPorterStateServer(address: PorterStateAddress): PorterStateServer {
  const client = clientOf(address);
  return {
    tenant: (database) =>
      new MongoPorterState(
        client.db(database),
        () => client.connect(),
        () => Promise.resolve(),
      ),
    close: () => client.close(),
  };
}

function clientOf({ url, ca, timeoutMs = DEFAULT_TIMEOUT_MS }: PorterStateAddress): MongoClient {
  // One look at the server a minute is enough: a failed operation makes the driver look at once.
  const options: MongoClientOptions = {
    appName: 'porterops',
    ...(ca !== undefined && { ca }),
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    socketTimeoutMS: timeoutMs,
    maxPoolSize: 4,
    maxIdleTimeMS: 60_000,
    heartbeatFrequencyMS: 60_000,
    serverMonitoringMode: 'poll',
  };
  try {
    return new MongoClient(url, options);
  } catch {
    throw new StateUnavailableError("the connection string of Porter's state store is not valid");
  }
}
