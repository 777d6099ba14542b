import type { Document } from 'bson';
import { SESSION_MINUTES } from '../persistence/retry-marks.js';
import type { Authentication } from './authentication.js';
import { MECHANISM } from './authentication.js';
import { CommandError } from './command-error.js';
import { MAX_DOCUMENT_BYTES, MAX_MESSAGE_BYTES } from './frames.js';
import type { Session } from './session.js';

/** Documents in one write command. */
export const MAX_WRITE_BATCH = 1000;
/** MongoDB 7.0's; what is missing here is refused by name. */
const WIRE_VERSION = 21;

/**
 * What a driver wants to know first. The server presents itself as a mongos with sessions: to one that stands alone, drivers
 * send no write a second time.
 */
export async function greet(session: Session, request: Document, authentication: Authentication): Promise<Document> {
  return {
    helloOk: true,
    // Drivers that say isMaster look for ismaster, those that say hello for isWritablePrimary.
    ismaster: true,
    isWritablePrimary: true,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: MAX_WRITE_BATCH,
    localTime: new Date(),
    msg: 'isdbgrid',
    logicalSessionTimeoutMinutes: SESSION_MINUTES,
    connectionId: session.connectionId,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION,
    readOnly: false,
    ...(request['saslSupportedMechs'] === undefined ? {} : { saslSupportedMechs: [MECHANISM] }),
    ...(await speculate(session, request['speculativeAuthenticate'], authentication)),
  };
}

/** A driver may put the first step of its login into the greeting; when that fails it tries again the long way. */
async function speculate(session: Session, start: unknown, authentication: Authentication): Promise<Document> {
  if (typeof start !== 'object' || start === null || session.principal !== undefined) return {};
  try {
    return { speculativeAuthenticate: await authentication.start(session, start) };
  } catch (error) {
    session.closing = false;
    if (error instanceof CommandError) return {};
    throw error;
  }
}
