import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { PORTER_INDEXES } from '../../../cmd/state-store/persistence/porter-indexes.js';
import { ENDPOINT_SLICES } from '../../../cmd/state-store/serving/endpoint-slice.js';
import { newRecordId } from '../../../integrations/porter/state/record-id.js';
import { PODS } from '../../../runtime/client/index.js';
import { eventually } from '../../support/eventually.js';
import { PlayedService } from '../../support/played-service.js';
import { world } from '../world.js';
import { OwnStore, urlFor } from './own-store.js';

const PROCESSES = 8;
const HAND_OVERS = 4;

const nameOf = (ip: string): string => `store-${ip.at(-1)}`;

/** As the kubelet has it: a Pod of the Deployment that is ready. */
async function createPod(podIP: string): Promise<void> {
  const { api, namespace } = world();
  const labels = { 'app.kubernetes.io/name': 'porterops', 'app.kubernetes.io/component': 'state-store' };
  const key = { namespace, name: nameOf(podIP) };
  const spec = { containers: [{ name: 'state-store', image: 'registry.test/state-store' }] };
  await api.create(PODS, { metadata: { ...key, labels }, spec });
  const conditions = [{ type: 'Ready', status: 'True' }];
  await api.patchStatus(PODS, key, { status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions } });
}

describe('Two state stores', () => {
  let stores: OwnStore[] = [];
  let service: PlayedService;
  let folder = '';
  const clients: MongoClient[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'porterops-stores-'));
    const addresses = ['10.0.0.1', '10.0.0.2'];
    stores = await Promise.all(
      addresses.map((ip) => OwnStore.prepare(['--leader-elect', `--pod-ip=${ip}`, `--pod-name=${nameOf(ip)}`])),
    );
    for (const ip of addresses) await createPod(ip);
    const ports = new Map(addresses.map((ip, index) => [ip, stores[index]!.port]));
    const key = { namespace: world().namespace, name: 'porterops-state-store' };
    service = await PlayedService.start(world().api, key, ports);
    for (const store of stores) await store.start();
    await eventually('one of them serves', () => service.address !== undefined);
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await Promise.all(stores.map((store) => store.kill()));
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The one that serves, and the one that stands by. */
  function roles(): [leader: OwnStore, standby: OwnStore] {
    const [first, second] = stores as [OwnStore, OwnStore];
    return service.address === '10.0.0.1' ? [first, second] : [second, first];
  }

  /** The official driver as it is, by way of the Service or straight to a store. */
  async function driver(port = service.port): Promise<MongoClient> {
    const client = new MongoClient(await urlFor('team-a', port, folder));
    clients.push(client);
    return client;
  }

  /** What a Porter process does with its database from its start to its end; returns the id of its run. */
  async function porter(installation: string): Promise<string> {
    const client = await driver();
    const database = client.db();
    for (const [collection, indexes] of PORTER_INDEXES) {
      const wanted = indexes.map(({ name, key, unique }) => ({ name, key, unique }));
      await database.command({ createIndexes: collection, indexes: wanted });
    }
    const [_id, resultId] = [newRecordId(), newRecordId()];
    const of = { namespace: '', installation };
    const installations = database.collection('installations');
    await installations.replaceOne(
      { namespace: '', name: installation },
      { namespace: '', name: installation, _id: installation as never },
      { upsert: true },
    );
    await database.collection<{ _id: string }>('runs').insertOne({ _id, ...of });
    await database
      .collection<{ _id: string }>('results')
      .insertOne({ _id: resultId, runId: _id, ...of, status: 'succeeded' } as { _id: string });
    await database.collection('outputs').insertOne({ runId: _id, resultId, name: 'greeting', ...of });
    expect(await database.collection('outputs').countDocuments({ resultId })).to.equal(1);
    await client.close();
    return _id;
  }

  async function handOver(): Promise<void> {
    const [leader, standby] = roles();
    expect(await leader.stop()).to.equal(0);
    await eventually('the other one serves', async () => (await standby.probe('/readyz')) === '200 serving\n');
    expect(roles()[0] === standby, 'the Service leads to the other one').to.equal(true);
    await leader.start();
  }

  it('are both ready, and one serves', async () => {
    const [leader, standby] = roles();
    await eventually('the one serves', async () => (await leader.probe('/readyz')) === '200 serving\n');
    expect(await standby.probe('/readyz')).to.equal('200 standing by\n');
    expect(await (await driver()).db().command({ ping: 1 })).to.include({ ok: 1 });
  });

  it('hand over without that any client notices', async () => {
    let isOver = false;
    const runs: string[] = [];
    const work = Array.from({ length: PROCESSES }, async (_, number) => {
      while (!isOver) runs.push(await porter(`installation-${number}`));
    });
    // What fails is told at the end; it must not be unhandled before.
    const worked = Promise.all(work);
    worked.catch(() => undefined);
    const handedOver = (async () => {
      for (let times = 0; times < HAND_OVERS; times += 1) {
        await handOver();
        await delay(500);
      }
    })().finally(() => (isOver = true));
    await Promise.all([handedOver, worked]);
    const database = (await driver()).db();
    const stored = await database.collection('runs').distinct('_id');
    expect(stored.sort()).to.deep.equal([...runs].sort());
    for (const collection of ['results', 'outputs']) {
      expect(await database.collection(collection).countDocuments({})).to.equal(runs.length);
    }
    expect(await database.collection('installations').countDocuments({})).to.equal(PROCESSES);
  });

  it('keep the Service leading to the one that serves, whatever becomes of it', async () => {
    const { api, namespace } = world();
    const key = { namespace, name: 'porterops-state-store' };
    const before = await api.get(ENDPOINT_SLICES, key);
    await api.delete(ENDPOINT_SLICES, key);
    const after = await eventually('it is there again', () => api.find(ENDPOINT_SLICES, key));
    expect(after.endpoints).to.deep.equal(before.endpoints);
  });

  it('follow one another when the one that serves is killed: what was sent again is there once', async () => {
    const runs = (await driver()).db().collection<{ _id: string }>('runs');
    const [leader] = roles();
    let isOver = false;
    const written: string[] = [];
    const writing = (async () => {
      while (!isOver) {
        const _id = newRecordId();
        await runs.insertOne({ _id });
        written.push(_id);
      }
    })();
    writing.catch(() => undefined);
    await eventually('some is written', () => written.length > 20);
    const [address, begun] = [service.address, performance.now()];
    await leader.kill();
    await eventually('the other one serves', () => service.address !== address);
    // The length of a lease, a look at it, and what a crowded machine needs.
    expect(performance.now() - begun).to.be.below(24_000);
    const before = written.length;
    await eventually('more is written', () => written.length > before + 5);
    isOver = true;
    await writing;
    expect((await runs.distinct('_id')).sort()).to.deep.equal(written.sort());
  });

  it('do not both answer when the one that serves was only asleep: it wakes up to end', async () => {
    const [leader] = roles();
    const old = (await driver(leader.port)).db().collection<{ _id: string; n: number }>('things');
    await old.insertOne({ _id: 'a', n: 1 });
    const address = service.address;
    process.kill(leader.pid, 'SIGSTOP');
    const asked = (async () => {
      await eventually('the other one serves', () => service.address !== address);
      const now = (await driver()).db().collection<{ _id: string; n: number }>('things');
      await now.replaceOne({ _id: 'a' }, { n: 2 });
      // It is in the socket's buffer when the sleeper wakes up.
      return old.findOne({ _id: 'a' }, { signal: AbortSignal.timeout(5000) });
    })().catch(String);
    await eventually('the other one serves', () => service.address !== address);
    await delay(1000);
    process.kill(leader.pid, 'SIGCONT');
    expect(await asked).to.be.a('string');
    await eventually('the former leader has ended', () => !leader.isRunning);
    expect(leader.log()).to.include('another store may serve by now, ending');
  });
});
