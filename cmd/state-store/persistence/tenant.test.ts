import { expect } from 'chai';
import type { Document } from 'bson';
import { MemoryRecordStore } from '../../../test/support/memory-record-store.js';
import { insertDocument, removeDocuments, replaceDocument } from '../query/write-documents.js';
import { find } from '../query/select.js';
import { decodePlain } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import { Database } from './database.js';
import type { Tenant } from './tenant.js';

describe('Tenant', () => {
  let records: MemoryRecordStore;
  let tenant: Tenant;

  beforeEach(async () => {
    records = new MemoryRecordStore();
    tenant = await anotherProcess();
  });

  async function anotherProcess(): Promise<Tenant> {
    const database = new Database(records, Date.now, 0);
    await database.fill();
    return database.tenant('team-a');
  }

  const insert = (collection: string, document: Document, of = tenant): Promise<unknown> =>
    insertDocument(of, of.collection(collection), document);
  const replace = (collection: string, filter: Document, document: Document, of = tenant) =>
    replaceDocument(of, of.collection(collection), { filter, document, upsert: true });
  const all = async (collection: string, of = tenant): Promise<Document[]> => {
    const found = await find(of, of.collection(collection), { filter: {}, sort: { _id: 1 } });
    return found.map(({ body }) => decodePlain(body));
  };

  it('has after a restart what it had before', async () => {
    await insert('runs', { _id: '01A', n: 1 });
    await insert('results', { _id: '02A', runId: '01A', status: 'running' });
    await replace('installations', { namespace: '', name: 'a' }, { namespace: '', name: 'a' });
    const again = await anotherProcess();
    for (const collection of ['runs', 'results', 'installations']) {
      expect(await all(collection, again)).to.deep.equal(await all(collection));
    }
  });

  it('keeps a run with its results and outputs in one record', async () => {
    await insert('runs', { _id: '01A' });
    await insert('results', { _id: '02A', runId: '01A' });
    await insert('outputs', { resultId: '02A', runId: '01A', name: 'greeting', value: 'aGk=' });
    expect(records.records.size).to.equal(1);
  });

  it('refuses a second document of a unique key', async () => {
    await insert('installations', { namespace: '', name: 'a' });
    expect((await failure(insert('installations', { namespace: '', name: 'a' }))).code).to.equal(11000);
    await insert('outputs', { resultId: '1', runId: 'r', name: 'x' });
    expect((await failure(insert('outputs', { resultId: '1', runId: 'other', name: 'x' }))).code).to.equal(11000);
    expect(await all('installations')).to.have.length(1);
  });

  it('lets one of many simultaneous inserts of a key win', async () => {
    const attempts = Array.from({ length: 10 }, (_, n) =>
      insert('outputs', { resultId: '1', runId: `r${n}`, name: 'x' }),
    );
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect(await all('outputs')).to.have.length(1);
  });

  it('makes one document of many simultaneous upserts', async () => {
    const attempts = Array.from({ length: 10 }, (_, n) =>
      replace('installations', { name: 'a', namespace: '' }, { name: 'a', namespace: '', n }),
    );
    const results = await Promise.all(attempts);
    expect(results.filter(({ id }) => id !== undefined)).to.have.length(1);
    expect(await all('installations')).to.have.length(1);
  });

  it('loses no update when two processes write the same run', async () => {
    const other = await anotherProcess();
    const writes = Array.from({ length: 20 }, (_, n) =>
      insert('results', { _id: `result-${n}`, runId: '01A' }, n % 2 === 0 ? tenant : other),
    );
    await Promise.all(writes);
    expect(await all('results', await anotherProcess())).to.have.length(20);
  });

  it('lets one of two processes create an installation', async () => {
    const other = await anotherProcess();
    const results = await Promise.allSettled([
      insert('installations', { namespace: '', name: 'a' }),
      insert('installations', { namespace: '', name: 'a' }, other),
    ]);
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });

  it('replaces what another process has replaced meanwhile', async () => {
    await replace('installations', { namespace: '', name: 'a' }, { namespace: '', name: 'a', n: 1 });
    const other = await anotherProcess();
    await replace('installations', { namespace: '', name: 'a' }, { namespace: '', name: 'a', n: 2 }, other);
    const replaced = await replace('installations', { namespace: '', name: 'a' }, { namespace: '', name: 'a', n: 3 });
    expect(replaced.matched).to.equal(1);
    expect((await all('installations', await anotherProcess()))[0]).to.include({ n: 3 });
  });

  it('writes nothing when nothing changes', async () => {
    await replace('installations', { namespace: '', name: 'a' }, { namespace: '', name: 'a' });
    const before = records.writes;
    const replaced = await replace('installations', { namespace: '', name: 'a' }, { namespace: '', name: 'a' });
    expect(replaced).to.deep.equal({ matched: 1, modified: 0 });
    expect(records.writes).to.equal(before);
  });

  it('shows nothing that is not stored', async () => {
    records.beforeWrite = () => {
      throw new Error('the API server is away');
    };
    expect((await failure(insert('runs', { _id: '01A' }))).codeName).to.equal('HostUnreachable');
    records.beforeWrite = () => undefined;
    await tenant.assertReadable();
    expect(await all('runs')).to.deep.equal([]);
  });

  it('looks again after a write whose fate is unknown', async () => {
    const create = records.create.bind(records);
    records.create = async (record) => {
      await create(record);
      throw new Error('the answer got lost');
    };
    expect((await failure(insert('runs', { _id: '01A' }))).codeName).to.equal('HostUnreachable');
    await tenant.assertReadable();
    expect(await all('runs')).to.have.length(1);
  });

  it('removes many documents with one write for each record, and empty records altogether', async () => {
    for (const id of ['1', '2', '3'])
      await insert('outputs', { resultId: id, runId: '01A', name: 'x', installation: 'a' });
    const before = records.writes;
    const removed = await removeDocuments(tenant, tenant.collection('outputs'), { filter: { installation: 'a' } });
    expect([removed.matched, records.writes - before, records.records.size]).to.deep.equal([3, 1, 0]);
  });

  it('does not let a document change what its record is named by', async () => {
    await insert('installations', { namespace: '', name: 'a' });
    const renamed = replace('installations', { name: 'a' }, { namespace: '', name: 'b' });
    expect((await failure(renamed)).codeName).to.equal('ImmutableField');
    await insert('x', { _id: 1 });
    expect((await failure(replace('x', { _id: 1 }, { _id: 2 }))).codeName).to.equal('ImmutableField');
  });

  it('serves no tenant of whom a record cannot be read, and all others', async () => {
    records.damaged.push({ name: 'run-1', tenant: 'team-a', damage: 'a part of it is missing' });
    const database = new Database(records, Date.now, 0);
    expect((await database.fill()).damaged).to.deep.equal(['run-1: a part of it is missing']);
    const refused = await failure(database.tenant('team-a').assertReadable());
    expect(refused.message).to.contain('run-1').and.to.contain('missing');
    await database.tenant('team-b').assertReadable();
  });
});

async function failure(attempt: Promise<unknown>): Promise<CommandError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
