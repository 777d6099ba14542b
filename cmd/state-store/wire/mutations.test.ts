import type { Socket } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { silentLogger } from '../../../runtime/telemetry/index.js';
import { MemoryRecordStore } from '../../../test/support/memory-record-store.js';
import { WireClient, opMessage, opQuery } from '../../../test/support/wire-client.js';
import { Database } from '../persistence/database.js';
import { Commands } from '../query/commands.js';
import { Authentication } from './authentication.js';
import { Connection } from './connection.js';
import type { Session } from './session.js';

/** Of messages of clients that have not logged in, and as many of those that have. */
const MUTATIONS = 5_000;
/** What 10,000 connections may leave behind, in bytes; each of them keeping a message of its own would be more. */
const LEFT_BYTES = 32 * 1024 * 1024;

const BEFORE_LOGIN = [
  opQuery(1, 'admin.$cmd', { isMaster: 1, helloOk: true, client: { driver: { name: 'x' } } }),
  opMessage(2, { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: Buffer.from('n,,n=a,r=b'), $db: 'admin' }),
  opMessage(3, { saslContinue: 1, conversationId: 1, payload: Buffer.from('c=biws,r=b,p=eA=='), $db: 'admin' }),
];
const AFTER_LOGIN = [
  opMessage(1, {
    find: 'runs',
    filter: { _id: 'a', $or: [{ n: 1 }, { n: { $gt: 2 } }] },
    sort: { n: 1 },
    $db: 'porter',
  }),
  opMessage(2, { insert: 'runs', $db: 'porter', '%documents': [{ _id: 'a', n: 1, text: 'x' }] }),
  opMessage(3, { update: 'runs', updates: [{ q: { _id: 'a' }, u: { n: 2 }, upsert: true }], $db: 'porter' }),
  opMessage(4, {
    aggregate: 'runs',
    pipeline: [{ $match: { n: 1 } }, { $group: { _id: '$n' } }],
    cursor: {},
    $db: 'porter',
  }),
  opMessage(5, { getMore: 1, collection: 'runs', $db: 'porter' }),
  opMessage(6, { delete: 'runs', deletes: [{ q: { _id: 'a' }, limit: 0 }], $db: 'porter' }),
];

describe('A connection', () => {
  let commands: Commands;

  beforeEach(async () => {
    const database = new Database(new MemoryRecordStore(), Date.now);
    await database.fill();
    commands = new Commands({ database, authentication: new Authentication('key'), now: Date.now });
  });

  /** Serves one end of a pair as if it were a socket; resolves to the other end. */
  function connected(principal?: Session['principal']): { client: Duplex; served: Promise<void> } {
    const [server, client] = duplexPair();
    const ignore = () => undefined;
    const socket = Object.assign(server, {
      ...{ setNoDelay: ignore, setKeepAlive: ignore, setTimeout: ignore },
      destroySoon: () => server.end(() => server.destroy()),
    }) as unknown as Socket;
    const session = { connectionId: 1, closing: false, ...(principal && { principal }) };
    return { client, served: new Connection(socket, session, commands.handle, silentLogger).serve() };
  }

  async function survives(messages: readonly Buffer[], principal?: Session['principal']): Promise<void> {
    const seed = Buffer.concat(messages);
    const edits = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(seed.length), async (changes, length) => {
        const bytes = Buffer.from(seed.subarray(0, length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const { client, served } = connected(principal);
        client.resume().end(bytes);
        await served;
      }),
      { numRuns: MUTATIONS },
    );
  }

  it('survives any mutation of its messages, and keeps nothing of them', async function () {
    this.timeout(120_000);
    const before = heapAtRest();
    await survives(BEFORE_LOGIN);
    await survives(AFTER_LOGIN, { user: 'team-a', manager: false });
    await survives(AFTER_LOGIN, { user: '$manager', manager: true });
    expect(heapAtRest() - before).to.be.below(LEFT_BYTES);
    const { client } = connected({ user: 'team-b', manager: false });
    const wire = new WireClient(client as unknown as Socket);
    await wire.ask(opMessage(1, { insert: 'runs', $db: 'porter', '%documents': [{ _id: 'a' }] }));
    const { body } = await wire.ask(opMessage(2, { count: 'runs', $db: 'porter' }));
    expect(Number(body['n'])).to.equal(1);
  });
});

function heapAtRest(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
