import { expect } from 'chai';
import { ObjectId } from 'bson';
import { STATE_RECORDS } from '../../../api/state/v1alpha1/resources.js';
import type { StateRecord } from '../../../api/state/v1alpha1/state-record.js';
import { Client, openTransport } from '../../../runtime/client/index.js';
import type { Transport } from '../../../runtime/client/index.js';
import { silentLogger } from '../../../runtime/telemetry/index.js';
import type { Seen } from '../../../test/support/fake-api-server.js';
import { FakeApiServer } from '../../../test/support/fake-api-server.js';
import { encode } from '../wire/bson-codec.js';
import { encryptionKey } from './envelope.js';
import { KubernetesRecordStore } from './kubernetes-record-store.js';
import { addressOf } from './record-layout.js';
import type { DamagedRecord, RecordDocument, StateDocuments, StoredDocuments } from './records.js';
import { RecordConflictError } from './records.js';

const NAMESPACE = 'porterops-system';

describe('KubernetesRecordStore', () => {
  let server: FakeApiServer;
  let transport: Transport;
  let store: KubernetesRecordStore;

  beforeEach(async () => {
    server = await new FakeApiServer().start();
    transport = openTransport(() => server.kubeConfig());
    store = storeWith(Buffer.alloc(32, 1));
  });

  afterEach(async () => {
    await transport.close();
    await server.stop();
  });

  const storeWith = (key: Buffer): KubernetesRecordStore =>
    new KubernetesRecordStore({
      client: new Client(transport),
      namespace: NAMESPACE,
      key: encryptionKey(key),
      log: silentLogger,
    });

  const document = (content: Record<string, unknown>): RecordDocument => ({
    collection: 'runs',
    body: encode(content),
  });

  const run = (id: string, ...documents: RecordDocument[]): StateDocuments => ({
    ...addressOf('team-a', 'runs', { _id: id, namespace: 'dev' }),
    documents: documents.length > 0 ? documents : [document({ _id: id, bundle: 'a secret bundle' })],
    marks: [],
  });

  /** A document that does not get smaller by compression. */
  const large = (id: string, bytes: number): RecordDocument =>
    document({ _id: id, value: Buffer.from(Array.from({ length: bytes }, () => Math.floor(Math.random() * 256))) });

  const objects = (): StateRecord[] => server.list(STATE_RECORDS, NAMESPACE);

  async function loaded(from = store): Promise<(StoredDocuments | DamagedRecord)[]> {
    const all: (StoredDocuments | DamagedRecord)[] = [];
    for await (const record of from.load()) all.push(record);
    return all;
  }

  it('reads what it wrote', async () => {
    const stored = await store.create(run('01A'));
    const found = await store.read(stored.name);
    expect(found).to.deep.include({ tenant: 'team-a', content: 'Run', version: stored.version });
    expect(found?.documents).to.deep.equal(stored.documents);
    expect(await loaded()).to.have.length(1);
  });

  it('shows nothing of the documents in the objects', async () => {
    await store.create(run('01A'));
    const text = JSON.stringify(objects());
    expect(text).not.to.contain('bundle');
    expect(Buffer.from(objects()[0]!.spec.data!, 'base64').toString('latin1')).not.to.contain('secret');
  });

  it('labels objects by tenant, content and Porter namespace, and gives them no owner', async () => {
    await store.create(run('01A'));
    const [{ metadata }] = objects() as [StateRecord];
    expect(metadata.labels).to.include({
      'state.getporter.org/tenant': 'team-a',
      'state.getporter.org/content': 'Run',
    });
    expect(metadata.labels).to.have.property('state.getporter.org/porter-namespace');
    expect(metadata.ownerReferences).to.equal(undefined);
  });

  it('refuses to create what is there', async () => {
    await store.create(run('01A'));
    expect(await failure(store.create(run('01A')))).to.be.instanceOf(RecordConflictError);
  });

  it('refuses to replace or delete another version than it knows', async () => {
    const first = await store.create(run('01A'));
    const second = await store.replace({ ...first, documents: [document({ _id: '01A', n: 2 })] });
    expect(await failure(store.replace(first))).to.be.instanceOf(RecordConflictError);
    expect(await failure(store.delete(first))).to.be.instanceOf(RecordConflictError);
    await store.delete(second);
    expect(objects()).to.deep.equal([]);
  });

  it('refuses to replace what was deleted', async () => {
    const first = await store.create(run('01A'));
    await store.delete(first);
    expect(await failure(store.replace(first))).to.be.instanceOf(RecordConflictError);
  });

  it('recognises its own write when the answer was lost', async () => {
    loseOnce('POST');
    const stored = await store.create(run('01A'));
    expect(stored.version).to.equal(objects()[0]?.metadata.resourceVersion);
    loseOnce('PUT');
    const next = await store.replace({ ...stored, documents: [document({ _id: '01A', n: 2 })] });
    expect(next.version).to.equal(objects()[0]?.metadata.resourceVersion);
    expect(next.version).not.to.equal(stored.version);
  });

  it('keeps large records in parts and removes the parts of former versions', async () => {
    const first = await store.create(run('01A', large('01A', 1_500_000)));
    expect(first.parts).to.equal(3);
    expect(objects()).to.have.length(4);
    expect((await store.read(first.name))?.documents).to.deep.equal(first.documents);
    expect(await loaded()).to.have.length(1);
    const second = await store.replace({ ...first, documents: [large('01A', 800_000)] });
    expect(objects()).to.have.length(1 + second.parts);
    await store.delete(second);
    expect(objects()).to.deep.equal([]);
  });

  it('has the former version until the new one is complete', async () => {
    const first = await store.create(run('01A', large('01A', 800_000)));
    server.fault = ({ method }) => (method === 'PUT' ? { code: 500 } : undefined);
    await failure(store.replace({ ...first, documents: [large('01A', 900_000)] }));
    server.fault = () => undefined;
    const [found, ...others] = (await loaded()) as StoredDocuments[];
    expect(others).to.deep.equal([]);
    expect(found?.documents).to.deep.equal(first.documents);
  });

  it('sweeps parts that no record names, once they are old', async () => {
    const first = await store.create(run('01A', large('01A', 800_000)));
    server.remove(STATE_RECORDS, { namespace: NAMESPACE, name: first.name });
    await loaded();
    expect(objects()).to.have.length(2);
    for (const part of objects()) {
      server.store.find({
        kind: 'state.getporter.org/staterecords',
        ...part.metadata,
        namespace: NAMESPACE,
      })!.metadata.creationTimestamp = '2020-01-01T00:00:00Z';
    }
    await loaded();
    expect(objects()).to.deep.equal([]);
  });

  const damages: Record<string, (object: StateRecord) => Partial<StateRecord['spec']>> = {
    'altered data': ({ spec }) => ({ data: `${spec.data!.slice(0, 40)}AAAA${spec.data!.slice(44)}` }),
    'data that was cut off': ({ spec }) => ({ data: spec.data!.slice(0, 40) }),
    'no data': () => ({ data: undefined }),
    'a later form': () => ({ schemaVersion: 3 }),
    'an earlier form': () => ({ schemaVersion: 1 }),
    'another tenant': () => ({ tenant: 'team-b' }),
    'another key': () => ({ keyId: 'other' }),
    'missing parts': () => ({ parts: 2 }),
  };
  for (const [what, change] of Object.entries(damages)) {
    it(`tells of a record with ${what} instead of leaving it out`, async () => {
      const { name } = await store.create(run('01A'));
      const object = server.get(STATE_RECORDS, { namespace: NAMESPACE, name })!;
      const { metadata, spec } = object;
      server.put(STATE_RECORDS, { metadata, spec: Object.assign(spec, change(object)) });
      const [record] = await loaded();
      expect(record).to.have.property('damage');
      expect((await failure(store.read(name))).name).to.equal('DamagedRecordError');
    });
  }

  it('keeps who has written it lately', async () => {
    const outcomes = [{ statement: 3, matched: 1, modified: 0, id: new ObjectId() }];
    const marks = [{ session: '00112233445566778899aabbccddeeff', number: 2 ** 40, at: Date.UTC(2030, 0), outcomes }];
    const { name } = await store.create({ ...run('01A'), marks });
    expect((await store.read(name))?.marks).to.deep.equal(marks);
  });

  it('opens no record that was put under another name', async () => {
    const { name } = await store.create(run('01A'));
    const object = server.get(STATE_RECORDS, { namespace: NAMESPACE, name })!;
    const copy = addressOf('team-a', 'runs', { _id: '01B' }).name;
    server.put(STATE_RECORDS, { metadata: { name: copy, namespace: NAMESPACE }, spec: object.spec });
    expect((await failure(store.read(copy))).name).to.equal('DamagedRecordError');
  });

  it('opens no record of another key', async () => {
    await store.create(run('01A'));
    expect((await loaded(storeWith(Buffer.alloc(32, 2))))[0])
      .to.have.property('damage')
      .that.contains('encrypted with key');
  });

  it('does not take an unavailable API server for an empty one', async () => {
    server.fault = () => ({ code: 403, body: { kind: 'Status', code: 403, reason: 'Forbidden', message: 'no' } });
    expect((await failure(loaded())).message).to.contain('no');
  });

  /** The effect of the next request of this kind happens, its answer gets lost. */
  function loseOnce(method: string): void {
    let lost = false;
    server.fault = (request: Seen) => {
      if (lost || request.method !== method) return undefined;
      lost = true;
      return 'lose the reply';
    };
  }
});

async function failure(attempt: Promise<unknown>): Promise<Error> {
  try {
    await attempt;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}
