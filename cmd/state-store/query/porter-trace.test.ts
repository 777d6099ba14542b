import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Document } from 'bson';
import { EJSON } from 'bson';
import { expect } from 'chai';
import { silentLogger } from '../../../runtime/telemetry/index.js';
import { MemoryRecordStore } from '../../../test/support/memory-record-store.js';
import type { RecordedExchange } from '../../../test/support/porter-trace.js';
import { recordedExchanges } from '../../../test/support/porter-trace.js';
import { WireClient, opMessage, opQuery } from '../../../test/support/wire-client.js';
import { Database } from '../persistence/database.js';
import { Authentication } from '../wire/authentication.js';
import { Connection } from '../wire/connection.js';
import { Commands } from './commands.js';

/** What an answer means: without what every server makes for itself, and without order where there is none. */
function meaning({ request }: RecordedExchange, reply: Document): unknown {
  const answer = EJSON.deserialize(EJSON.serialize(reply)) as Record<string, unknown>;
  const [name, collection] = Object.entries(request)[0] as [string, unknown];
  const cursor = answer['cursor'] as { firstBatch: Document[]; id: unknown; ns: string } | undefined;
  switch (name) {
    case 'isMaster':
      return { ok: answer['ok'], ismaster: answer['ismaster'], maxBsonObjectSize: answer['maxBsonObjectSize'] };
    case 'createIndexes':
      return { ok: answer['ok'] };
    case 'update':
      return {
        ok: answer['ok'],
        n: answer['n'],
        upserted: (answer['upserted'] as Document[] | undefined)?.map(({ index }) => index as unknown),
      };
    case 'find': {
      const madeByServer = ['installations', 'credentials', 'parameters'].includes(String(collection));
      const documents = cursor!.firstBatch.map(({ _id, ...rest }) =>
        madeByServer ? rest : { _id: _id as unknown, ...rest },
      );
      return { ok: answer['ok'], ns: cursor!.ns, documents };
    }
    case 'aggregate': {
      const documents = cursor!.firstBatch.map((document) => JSON.stringify(sorted(document))).sort();
      return { ok: answer['ok'], ns: cursor!.ns, documents };
    }
    default:
      return answer;
  }
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || '_bsontype' in value) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

describe("Porter's recorded session", () => {
  let server: Server;
  let client: WireClient;
  const records = new MemoryRecordStore();

  before(async () => {
    const database = new Database(records, Date.now);
    await database.fill();
    const commands = new Commands({ database, authentication: new Authentication('key'), now: Date.now });
    server = createServer((socket: Socket) => {
      const session = { connectionId: 1, closing: false, principal: { user: 'dev', manager: false } };
      void new Connection(socket, session, commands.handle, silentLogger).serve();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = new WireClient(connect((server.address() as AddressInfo).port, '127.0.0.1'));
  });

  after(() => {
    client.socket.destroy();
    server.close();
  });

  it('gets the answers that an independent server gave', async () => {
    const exchanges = recordedExchanges();
    expect(exchanges.length).to.be.greaterThan(400);
    for (const [index, exchange] of exchanges.entries()) {
      const { opCode, request } = exchange;
      const bytes = opCode === 2004 ? opQuery(index, 'admin.$cmd', request) : opMessage(index, request);
      const reply = await client.ask(bytes);
      expect(reply.responseTo).to.equal(index);
      const what = `${index}: ${JSON.stringify(request).slice(0, 200)}`;
      expect(meaning(exchange, reply.body), what).to.deep.equal(meaning(exchange, exchange.reply));
    }
  });

  it('keeps one record for each installation, run and set', () => {
    const kinds = [...records.records.values()].map(({ content }) => content);
    const count = (kind: string): number => kinds.filter((content) => content === kind).length;
    expect({ installations: count('Installation'), runs: count('Run'), config: count('Config') }).to.deep.equal({
      installations: 2,
      runs: count('Run'),
      config: 1,
    });
    expect(count('Document')).to.equal(0);
    expect(kinds.length).to.equal(2 + 1 + count('Run') + count('CredentialSet') + count('ParameterSet'));
  });
});
