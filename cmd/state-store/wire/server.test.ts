import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { expect } from 'chai';
import fc from 'fast-check';
import type { MongoServerError } from 'mongodb';
import { MongoClient } from 'mongodb';
import { ServedDatabase } from '../../../test/support/served-database.js';
import { WireClient, message, opMessage, opQuery } from '../../../test/support/wire-client.js';

describe('WireServer', () => {
  let served: ServedDatabase;
  const clients: MongoClient[] = [];

  before(async () => {
    served = await new ServedDatabase().start();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  after(() => served.stop());

  function driver(url: string): MongoClient {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 2000 });
    clients.push(client);
    return client;
  }

  async function raw(): Promise<WireClient> {
    const socket = connect({
      host: '127.0.0.1',
      port: served.port,
      servername: 'localhost',
      ca: readFileSync(served.caFile),
    });
    await once(socket, 'secureConnect');
    return new WireClient(socket);
  }

  async function refusal(attempt: Promise<unknown>): Promise<MongoServerError> {
    try {
      await attempt;
    } catch (error) {
      return error as MongoServerError;
    }
    throw new Error('it was not refused');
  }

  it('serves the official driver over TLS with the right password', async () => {
    const runs = driver(served.url('team-a')).db().collection<{ _id: string; n: number }>('runs');
    await runs.insertOne({ _id: '01A', n: 1 });
    expect(await runs.findOne({ _id: '01A' })).to.deep.equal({ _id: '01A', n: 1 });
  });

  it('refuses the official driver with a wrong password', async () => {
    const client = driver(served.url('team-a', { password: 'wrong' }));
    expect((await refusal(client.db().collection('runs').findOne({}))).code).to.equal(18);
  });

  it("refuses one tenant's password for another", async () => {
    const password = new URL(served.url('team-b')).password;
    const client = driver(served.url('team-a', { password }));
    expect((await refusal(client.db().collection('runs').findOne({}))).code).to.equal(18);
  });

  for (const user of ['Team', 'a/b', '$other', '__proto__', 'a'.repeat(64)]) {
    it(`knows no user ${user.slice(0, 12)}`, async () => {
      const client = driver(served.url(user));
      expect((await refusal(client.db().command({ listCollections: 1 }))).code).to.equal(18);
    });
  }

  it('serves nobody without TLS', async () => {
    const client = driver(
      served
        .url('team-a')
        .replace('tls=true', 'tls=false')
        .replace(/&tlsCAFile=[^&]*/, ''),
    );
    expect((await refusal(client.db().command({ ping: 1 }))).name).to.equal('MongoServerSelectionError');
  });

  it('serves nobody who does not trust its authority', async () => {
    const client = driver(served.url('team-a').replace(/&tlsCAFile=[^&]*/, ''));
    expect((await refusal(client.db().command({ ping: 1 }))).name).to.equal('MongoServerSelectionError');
  });

  it('shows a tenant nothing of another, whatever database it names', async () => {
    await driver(served.url('one')).db().collection('installations').insertOne({ namespace: '', name: 'secret' });
    const two = driver(served.url('two'));
    for (const database of ['porter', 'one', 'two', 'admin']) {
      expect(await two.db(database).collection('installations').countDocuments()).to.equal(0);
    }
    await two.db('one').collection('installations').deleteMany({});
    expect(await driver(served.url('one')).db('x').collection('installations').countDocuments()).to.equal(1);
  });

  it('lets the manager read every tenant and write none', async () => {
    await driver(served.url('three')).db().collection('installations').insertOne({ namespace: '', name: 'x' });
    const manager = driver(served.url('$manager'));
    expect(await manager.db('three').collection('installations').countDocuments()).to.equal(1);
    expect((await refusal(manager.db('three').collection('installations').deleteMany({}))).code).to.equal(13);
    expect((await refusal(manager.db('three').collection('x').insertOne({ a: 1 }))).code).to.equal(13);
    expect(await manager.db('three').collection('installations').countDocuments()).to.equal(1);
  });

  for (const [what, loseAnswer] of Object.entries({
    'the API server is gone for a moment': () => {
      throw new Error('no answer');
    },
    'its connection is cut': () => served.cutConnections(),
  })) {
    it(`lets the official driver write once although ${what}`, async () => {
      const things = driver(served.url('retries')).db().collection<{ name: string; n: number }>(what);
      for (const write of [
        () => things.insertOne({ name: 'a', n: 1 }),
        () => things.insertOne({ name: 'a', n: 2 }),
        () => things.replaceOne({ n: 1 }, { name: 'a', n: 3 }, { upsert: true }),
        () => things.deleteOne({ name: 'a' }),
      ]) {
        served.records.afterWrite = () => {
          served.records.afterWrite = () => undefined;
          loseAnswer();
        };
        expect((await write()).acknowledged).to.equal(true);
      }
      expect(await things.countDocuments()).to.equal(1);
    });
  }

  it('lets those who are not logged in do nothing but greet and log in', async () => {
    const client = await raw();
    expect((await client.ask(opMessage(1, { hello: 1, $db: 'admin' }))).body).to.have.property('ok');
    expect((await client.ask(opMessage(2, { ping: 1, $db: 'admin' }))).body['codeName']).to.equal(undefined);
    for (const command of ['find', 'insert', 'aggregate', 'listCollections', 'buildInfo', 'getMore', 'shutdown']) {
      const { body } = await client.ask(opMessage(3, { [command]: 'runs', $db: 'porter' }));
      expect(Number(body['code']), command).to.equal(13);
    }
    client.socket.destroy();
  });

  it('refuses commands other than the greeting as OP_QUERY', async () => {
    const client = await raw();
    const { opCode, body } = await client.ask(opQuery(1, 'porter.$cmd', { find: 'runs' }));
    expect([opCode, Number(body['code'])]).to.deep.equal([1, 352]);
    client.socket.destroy();
  });

  it('closes the connection of a failed login', async () => {
    const client = await raw();
    const start = { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: Buffer.from('n,,n=team-a,r=abc'), $db: 'admin' };
    await client.ask(opMessage(1, start));
    const guess = { saslContinue: 1, conversationId: 1, payload: Buffer.from('c=biws,r=abc,p=AAAA'), $db: 'admin' };
    expect(Number((await client.ask(opMessage(2, guess))).body['code'])).to.equal(18);
    expect(await refusal(client.reply())).to.be.instanceOf(Error);
  });

  it('closes the connection of an anonymous client that sends much', async () => {
    const client = await raw();
    client.socket.write(opMessage(1, { hello: 'x'.repeat(20_000), $db: 'admin' }));
    expect((await refusal(client.reply())).message).to.equal('the connection was closed');
  });

  it('survives any mutation of a message', async function () {
    this.timeout(60_000);
    const seed = Buffer.concat([
      opQuery(1, 'admin.$cmd', { isMaster: 1, helloOk: true, client: { driver: { name: 'x' } } }),
      opMessage(2, { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: Buffer.from('n,,n=a,r=b'), $db: 'admin' }),
      opMessage(3, { find: 'runs', filter: { _id: 1 }, $db: 'porter', '%documents': [{ a: 1 }] }),
    ]);
    const edits = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(seed.length), async (changes, length) => {
        const bytes = Buffer.from(seed.subarray(0, length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const client = await raw();
        client.socket.resume();
        client.socket.end(bytes);
        await once(client.socket, 'close');
      }),
      { numRuns: 150 },
    );
    const runs = driver(served.url('team-a')).db().collection('runs');
    expect(await runs.countDocuments()).to.be.greaterThan(-1);
  });

  it('is not disturbed by noise instead of TLS', async () => {
    const socket = connectPlain(served.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.end(message(1, 2013, Buffer.alloc(100)));
    socket.resume();
    await once(socket, 'close');
    expect(await driver(served.url('team-a')).db().command({ ping: 1 })).to.deep.equal({ ok: 1 });
  });

  it('lets the answer under way go out when it is drained', async () => {
    const other = await new ServedDatabase().start();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const client = new MongoClient(other.url('team-a'));
    try {
      await client.db().command({ ping: 1 });
      const begun = new Promise<void>((resolve) => {
        other.records.beforeWrite = () => {
          resolve();
          return held;
        };
      });
      const writing = client.db().collection<{ _id: string }>('runs').insertOne({ _id: '01B' });
      await begun;
      const stopped = other.stop();
      release();
      expect((await writing).insertedId).to.equal('01B');
      await stopped;
    } finally {
      await client.close();
    }
  });

  it('lets a client that is at work come to its end when it is drained, and sends it away when it rests', async () => {
    const other = await new ServedDatabase().start();
    const [working, resting] = [new MongoClient(other.url('team-a')), new MongoClient(other.url('team-b'))];
    try {
      for (const client of [working, resting]) await client.db().command({ ping: 1 });
      const closed = once(working, 'connectionClosed');
      const begun = performance.now();
      const paused = other.pause(10_000);
      for (let asked = 0; asked < 15; asked += 1) {
        // What can be asked once only, as Porter does at its start.
        await working.db().command({ createIndexes: 'runs', indexes: [{ name: 'x', key: { x: 1 } }] });
        await delay(100);
      }
      await closed;
      await paused;
      expect(performance.now() - begun).to.be.below(8_000);
      await other.resume(other.port);
      expect(await resting.db().command({ ping: 1 })).to.deep.equal({ ok: 1 });
    } finally {
      await Promise.all([working.close(), resting.close()]);
      await other.stop();
    }
  });

  it('does not wait for a client that was only just greeting when it was drained', async () => {
    const other = await new ServedDatabase().start();
    const plain = connectPlain(other.port, '127.0.0.1');
    await once(plain, 'connect');
    await delay(100);
    const begun = performance.now();
    const paused = other.pause(10_000);
    const socket = connect({ socket: plain, servername: 'localhost', ca: readFileSync(other.caFile) });
    await once(socket, 'secureConnect');
    socket.resume();
    await Promise.all([once(socket, 'close'), paused]);
    expect(performance.now() - begun).to.be.below(6_000);
    await other.stop();
  });
});
