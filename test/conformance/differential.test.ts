import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { connect, createServer } from 'node:net';
import { expect } from 'chai';
import type { Document } from 'bson';
import { EJSON } from 'bson';
import fc from 'fast-check';
import { Database } from '../../cmd/state-store/persistence/database.js';
import { Commands } from '../../cmd/state-store/query/commands.js';
import { Authentication } from '../../cmd/state-store/wire/authentication.js';
import { Connection } from '../../cmd/state-store/wire/connection.js';
import { silentLogger } from '../../runtime/telemetry/index.js';
import { MemoryRecordStore } from '../support/memory-record-store.js';
import { opMessage, WireClient } from '../support/wire-client.js';
import { MongoJavaServer } from './mongo-java-server.js';
import { acts, requestsOf, type Act } from './porter-model.js';

const SEQUENCES = 1_000;
const CONCURRENT_SEQUENCES = 50;
const WRITERS = 4;
const COLLECTIONS = ['installations', 'runs', 'results', 'outputs', 'credentials', 'parameters'];
/** Documents of these get their `_id` from the server. */
const NAMED_BY_SERVER = ['installations', 'outputs', 'credentials', 'parameters'];

describe('The state store and an independent server', function () {
  this.timeout(30 * 60_000);
  let java: MongoJavaServer;
  let ours: Server;
  let worlds = 0;
  const clients: WireClient[] = [];

  before(async () => {
    java = await MongoJavaServer.start();
    const database = new Database(new MemoryRecordStore(), Date.now, 0);
    await database.fill();
    const commands = new Commands({ database, authentication: new Authentication('key'), now: Date.now });
    // The tenant is the name of the database here, so that each world is a new one.
    ours = createServer((socket) => {
      const session = { connectionId: 1, closing: false };
      const handle: typeof commands.handle = (request, other) =>
        commands.handle(request, { ...other, principal: { user: request.database, manager: false } });
      void new Connection(socket, session, handle, silentLogger).serve();
    }).listen(0, '127.0.0.1');
    await once(ours, 'listening');
  });

  after(async () => {
    for (const client of clients) client.socket.destroy();
    ours.close();
    await java.stop();
  });

  function clientOf(port: number): WireClient {
    const client = new WireClient(connect(port, '127.0.0.1'));
    clients.push(client);
    return client;
  }
  const both = () => [clientOf((ours.address() as AddressInfo).port), clientOf(java.port)] as const;

  it(`give the same answers in ${SEQUENCES} sequences of what people do with Porter`, async () => {
    const [our, their] = both();
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { minLength: 5, maxLength: 25 }), async (sequence) => {
        worlds += 1;
        await prepare([our, their]);
        for (const request of requestsIn(sequence)) {
          const [mine, theirs] = [await answer(our, request), await answer(their, request)];
          expect(meaning(request, mine), JSON.stringify(request)).to.deep.equal(meaning(request, theirs));
        }
      }),
      { numRuns: SEQUENCES },
    );
  });

  it(`have the same documents after ${WRITERS} have written at once`, async () => {
    const writers = Array.from({ length: WRITERS }, both);
    const [our, their] = both();
    const sequences = fc.array(fc.array(acts, { minLength: 5, maxLength: 15 }), {
      minLength: WRITERS,
      maxLength: WRITERS,
    });
    await fc.assert(
      fc.asyncProperty(sequences, async (all) => {
        worlds += 1;
        await prepare([our, their]);
        for (const server of [0, 1] as const) {
          const writing = writers.map(async (pair, writer) => {
            for (const request of requestsIn(ownedBy(all[writer] ?? [], writer), writer))
              await answer(pair[server], request);
          });
          await Promise.all(writing);
        }
        for (const find of COLLECTIONS) {
          const request = { find, filter: {} };
          const everything = await Promise.all([our, their].map((client) => answer(client, request)));
          const [mine, theirs] = everything.map((reply) => meaning(request, reply));
          expect(mine, find).to.deep.equal(theirs);
        }
      }),
      { numRuns: CONCURRENT_SEQUENCES },
    );
  });

  /** The indexes that Porter makes at each start: the other server has none by itself. */
  async function prepare(servers: readonly WireClient[]): Promise<void> {
    const unique = (key: Document) => ({ key, name: Object.keys(key).join(), unique: true });
    for (const server of servers) {
      for (const name of ['installations', 'credentials', 'parameters']) {
        await answer(server, { createIndexes: name, indexes: [unique({ namespace: 1, name: 1 })] });
      }
      await answer(server, { createIndexes: 'outputs', indexes: [unique({ resultId: 1, name: 1 })] });
    }
  }

  async function answer(client: WireClient, request: Document): Promise<Document> {
    const reply = await client.ask(opMessage(1, { ...request, $db: `world-${worlds}` }));
    return EJSON.deserialize(EJSON.serialize(reply.body)) as Document;
  }
});

function requestsIn(sequence: readonly Act[], writer = 0): Document[] {
  return sequence.flatMap((act, index) => requestsOf(act, writer * 1000 + index + 1));
}

/** Each writer has installations of its own, since who is last is not for a server to decide; sets it only adds to. */
function ownedBy(sequence: readonly Act[], writer: number): Act[] {
  return sequence
    .filter(({ act }) => act !== 'run again by mistake')
    .map((act) => ({ ...act, name: `${act.name}-${writer}` }));
}

/** What an answer says, without what each server makes for itself, and without order where none was asked for. */
function meaning(request: Document, reply: Document): unknown {
  const [command, collection] = Object.entries(request)[0] as [string, string];
  const { ok, n, cursor, upserted, writeErrors } = reply as Partial<{
    ok: number;
    n: number;
    cursor: { firstBatch: Document[] };
    upserted: Document[];
    writeErrors: Document[];
  }>;
  const documents = cursor?.firstBatch.map((document) =>
    JSON.stringify(sorted(withoutForeignIds(collection, document))),
  );
  return {
    ...{ command, ok },
    // The other server counts among the inserted ones those that it has refused.
    n: writeErrors === undefined ? n : undefined,
    upserted: upserted?.map(({ index }) => index as unknown),
    errors: writeErrors?.map(({ index, code }) => [index as unknown, code as unknown]),
    documents: request['sort'] === undefined ? documents?.sort() : documents,
  };
}

/** Without ids that a server has made. */
function withoutForeignIds(collection: string, { _id, lastOutput, ...rest }: Document): Document {
  const inner = lastOutput as Document | undefined;
  if (inner !== undefined) return { _id: _id as unknown, lastOutput: withoutForeignIds(collection, inner) };
  return NAMED_BY_SERVER.includes(collection) ? rest : { _id: _id as unknown, ...rest };
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([key, one]) => [key, sorted(one)]));
}
