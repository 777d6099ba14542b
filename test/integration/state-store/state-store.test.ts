import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { STATE_RECORDS } from '../../../api/state/v1alpha1/resources.js';
import { eventually } from '../../support/eventually.js';
import { world } from '../world.js';
import { OwnStore, secretText, urlFor } from './own-store.js';

interface Numbered {
  _id: string;
  n?: number;
  runId?: string;
  value?: string;
}

describe('the state store on a real API server', () => {
  const stores: OwnStore[] = [];
  const clients: MongoClient[] = [];
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'porterops-state-'));
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await Promise.all(stores.splice(0).map((store) => store.kill()));
    rmSync(folder, { recursive: true, force: true });
  });

  async function aStore(extraArgs: readonly string[] = []): Promise<OwnStore> {
    const store = await OwnStore.prepare(extraArgs);
    stores.push(store);
    await store.start();
    return store;
  }

  /** A driver that is logged in at a store as a tenant. */
  async function driver(store: OwnStore, tenant = 'team-a'): Promise<MongoClient> {
    const client = new MongoClient(await urlFor(tenant, store.port, folder), { serverSelectionTimeoutMS: 5000 });
    clients.push(client);
    return client;
  }

  const records = async () => world().api.list(STATE_RECORDS, { namespace: world().namespace });

  it('makes its Secrets once', async () => {
    const store = await aStore();
    const before = [await secretText('porterops-state-store-access'), await secretText('porterops-state-store-server')];
    await store.restart();
    const after = [await secretText('porterops-state-store-access'), await secretText('porterops-state-store-server')];
    expect(after).to.deep.equal(before);
    const [access, server] = after as [Record<string, string>, Record<string, string>];
    expect(Object.keys(access).sort()).to.deep.equal(['access.key', 'ca.crt']);
    const certificate = new X509Certificate(server['tls.crt']!);
    expect(certificate.verify(new X509Certificate(access['ca.crt']!).publicKey)).to.equal(true);
    expect(certificate.checkHost(`porterops-state-store.${world().namespace}.svc`)).not.to.equal(undefined);
  });

  it('agrees with another one that starts at the same time on one set of Secrets', async () => {
    const both = await Promise.all([aStore(), aStore()]);
    for (const store of both) expect(await (await driver(store)).db().command({ ping: 1 })).to.deep.equal({ ok: 1 });
  });

  it('takes a new certificate when it is reached by another name', async () => {
    await (await aStore()).stop();
    await aStore(['--service-name=other']);
    const { 'tls.crt': certificate } = await secretText('porterops-state-store-server');
    expect(new X509Certificate(certificate!).checkHost(`other.${world().namespace}.svc`)).not.to.equal(undefined);
  });

  it('has after being killed what it had answered before', async () => {
    const store = await aStore();
    const runs = (await driver(store)).db().collection<Numbered>('runs');
    for (let n = 0; n < 20; n += 1) await runs.insertOne({ _id: `run-${n}`, n });
    await store.kill();
    await store.start();
    const again = (await driver(store)).db().collection<Numbered>('runs');
    expect(
      await again
        .find()
        .sort({ n: 1 })
        .map(({ n }) => n)
        .toArray(),
    ).to.deep.equal(Array.from({ length: 20 }, (_, n) => n));
    expect(await records()).to.have.length(20);
  });

  it('ends in peace while it is being used', async () => {
    const store = await aStore();
    const runs = (await driver(store)).db().collection<Numbered>('runs');
    const writes = Array.from({ length: 20 }, (_, n) => runs.insertOne({ _id: `run-${n}` }).then(() => n));
    const settled = Promise.allSettled(writes);
    await eventually('a write is stored', async () => (await records()).length > 0);
    expect(await store.stop()).to.equal(0);
    const answered = (await settled).filter(({ status }) => status === 'fulfilled').length;
    expect((await records()).length).to.be.at.least(answered);
  });

  it('loses nothing when two stores write the same run', async () => {
    const both = await Promise.all([aStore(), aStore()]);
    const results = await Promise.all(
      both.map(async (store) => (await driver(store)).db().collection<Numbered>('results')),
    );
    const writes = results.flatMap((collection, writer) =>
      Array.from({ length: 15 }, (_, n) => collection.insertOne({ _id: `${writer}-${n}`, runId: 'one-run' })),
    );
    await Promise.all(writes);
    expect(await records()).to.have.length(1);
    const third = (await driver(await aStore())).db().collection<Numbered>('results');
    expect(await third.countDocuments()).to.equal(30);
  });

  it('lets one of two stores create an installation', async () => {
    const both = await Promise.all([aStore(), aStore()]);
    const attempts = both.map(async (store) =>
      (await driver(store)).db().collection('installations').insertOne({ namespace: '', name: 'one' }),
    );
    const settled = await Promise.allSettled(attempts);
    expect(settled.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect(await records()).to.have.length(1);
  });

  it('keeps documents larger than an object may be', async () => {
    const store = await aStore();
    const value = Array.from({ length: 300_000 }, () => Math.random().toString(36)).join('');
    const outputs = (await driver(store)).db().collection<Numbered>('outputs');
    await outputs.insertOne({ _id: 'large', runId: 'r', value });
    expect((await records()).length).to.be.greaterThan(2);
    await store.restart();
    const again = (await driver(store)).db().collection<Numbered>('outputs');
    expect((await again.findOne({ _id: 'large' }))?.value).to.equal(value);
    await again.deleteMany({ runId: 'r' });
    // The record itself stays for a while, without documents: its write may be sent again.
    expect((await records()).map(({ spec }) => [spec.content, spec.parts])).to.deep.equal([['Run', 0]]);
  });

  it('refuses a tenant whose record was changed by hand, and serves the others', async () => {
    const store = await aStore();
    await (await driver(store, 'team-a')).db().collection<Numbered>('runs').insertOne({ _id: 'a' });
    await (await driver(store, 'team-b')).db().collection<Numbered>('runs').insertOne({ _id: 'b' });
    const [record] = await world().api.list(STATE_RECORDS, {
      namespace: world().namespace,
      labelSelector: 'state.getporter.org/tenant=team-a',
    });
    const { name } = record!.metadata;
    await world().api.patch(STATE_RECORDS, { namespace: world().namespace, name }, { spec: { data: 'AAAA' } });
    await store.restart();
    const refused = await (await driver(store, 'team-a')).db().collection('runs').findOne({}).catch(String);
    expect(refused).to.contain(name);
    expect(await (await driver(store, 'team-b')).db().collection('runs').countDocuments()).to.equal(1);
  });
});
