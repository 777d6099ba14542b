import { expect } from 'chai';
import type { Document } from 'bson';
import fc from 'fast-check';
import { MemoryRecordStore } from '../../../test/support/memory-record-store.js';
import { Database } from '../persistence/database.js';
import type { Tenant } from '../persistence/tenant.js';
import { decodePlain } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import { aggregate, find, select, type Selection } from './select.js';
import { insertDocument, removeDocuments, replaceDocument } from './write-documents.js';

describe('What is not in memory', () => {
  let records: MemoryRecordStore;
  let tenant: Tenant;

  beforeEach(async () => {
    records = new MemoryRecordStore();
    tenant = await aProcess();
  });

  /** One that knows only headers of runs, results and outputs. */
  async function aProcess(bodyBytes = 0): Promise<Tenant> {
    const database = new Database(records, Date.now, bodyBytes);
    await database.fill();
    return database.tenant('team-a');
  }

  const insert = (collection: string, document: Document) =>
    insertDocument(tenant, tenant.collection(collection), document);

  async function found(collection: string, selection: Selection): Promise<Document[]> {
    return (await find(tenant, tenant.collection(collection), selection)).map(({ body }) => decodePlain(body));
  }

  it('is found, ordered and counted as what is', async () => {
    const document = fc.record({
      runId: fc.constantFrom('r1', 'r2', 'r3'),
      installation: fc.constantFrom('shop', 'blog'),
      status: fc.constantFrom('running', 'failed', null),
      message: fc.constantFrom('a', 'b'),
      size: fc.nat(3),
    });
    const condition = fc.oneof(
      fc.record({ installation: fc.constantFrom('shop', 'blog') }),
      fc.record({ runId: fc.record({ $in: fc.constant(['r1', 'r2']) }) }),
      fc.record({ status: fc.constantFrom<unknown>(null, 'failed', { $ne: 'failed' }, { $exists: true }) }),
      fc.record({ message: fc.constantFrom('a', 'b') }),
      fc.record({ size: fc.record({ $gt: fc.nat(3) }) }),
    );
    const filter = fc.oneof(
      fc.constant({}),
      condition,
      fc.record({ $or: fc.array(condition, { minLength: 1, maxLength: 3 }) }),
      fc.record({ $and: fc.array(condition, { minLength: 1, maxLength: 3 }) }),
    );
    const order = fc.constantFrom({ _id: 1 }, { runId: -1, _id: 1 }, { size: 1, _id: -1 });
    const section = fc.record({ skip: fc.nat(2), limit: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { maxLength: 8 }),
        filter,
        order,
        section,
        async (documents, where, sort, of) => {
          records = new MemoryRecordStore();
          tenant = await aProcess();
          for (const [_id, content] of documents.entries()) {
            await insert('results', { _id, ...content });
            await insert('things', { _id, ...content });
          }
          const selection = { filter: where, sort, ...of };
          expect(await found('results', selection)).to.deep.equal(await found('things', selection));
          const ids = async (name: string) =>
            (await select(tenant, tenant.collection(name), selection)).map(({ id }) => id);
          expect(await ids('results')).to.deep.equal(await ids('things'));
          for (const stages of [
            [{ $group: { _id: 1, n: { $sum: 1 } } }],
            [{ $group: { _id: '$message' } }, { $sort: { _id: 1 } }],
          ]) {
            const made = (name: string) => aggregate(tenant, name, [{ $match: where }, ...stages]);
            expect(await made('results')).to.deep.equal(await made('things'));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is not read to find or count by what Porter looks for', async () => {
    for (const n of [1, 2, 3])
      await insert('results', { _id: `${n}`, runId: `r${n}`, installation: 'a', message: 'm' });
    tenant = await aProcess();
    const filter = { installation: 'a', runId: { $in: ['r1', 'r3'] } };
    expect(await select(tenant, tenant.collection('results'), { filter, sort: { _id: -1 } })).to.have.length(2);
    await aggregate(tenant, 'results', [{ $match: filter }, { $group: { _id: 1, n: { $sum: 1 } } }]);
    expect(records.reads).to.equal(0);
    await found('results', { filter });
    expect(records.reads).to.equal(2);
  });

  it('is not read again after it was written or read', async () => {
    tenant = await aProcess(10_000);
    await insert('runs', { _id: 'r', bundle: 'b' });
    await insert('results', { _id: 's', runId: 'r', message: 'm' });
    await found('results', { filter: { message: 'm' } });
    expect(records.reads).to.equal(0);
    tenant = await aProcess(10_000);
    for (let times = 0; times < 3; times += 1) await found('runs', { filter: { bundle: 'b' } });
    expect(records.reads).to.equal(1);
  });

  it('is the newest, whatever is written while it is read', async () => {
    await insert('results', { _id: '1', runId: 'r', status: 'running', message: 'old' });
    records.afterRead = async () => {
      records.afterRead = () => undefined;
      const other = await aProcess();
      const document = { _id: '1', runId: 'r', status: 'failed', message: 'new' };
      await replaceDocument(other, other.collection('results'), { filter: { _id: '1' }, document, upsert: false });
    };
    // What was read was true when the question came.
    expect(await found('results', { filter: { status: 'running' } })).to.have.length(1);
    const document = { _id: '1', runId: 'r', status: 'ended', message: 'newest' };
    await replaceDocument(tenant, tenant.collection('results'), { filter: { _id: '1' }, document, upsert: false });
    expect(await found('results', { filter: {} })).to.deep.equal([document]);
  });

  it('is looked for again when it has gone meanwhile', async () => {
    for (const _id of ['1', '2']) await insert('results', { _id, runId: `r${_id}`, installation: 'a' });
    const names = [...records.records.keys()];
    records.afterRead = () => {
      records.afterRead = () => undefined;
      // Others took the second one away; the store learns of it when it reads.
      records.records.delete(names[1]!);
    };
    expect(await found('results', { filter: { installation: 'a' } })).to.have.length(1);
  });

  it('that cannot be read is an error, not nothing', async () => {
    await insert('results', { _id: '1', runId: 'r' });
    records.afterRead = () => {
      throw new Error('the API server is away');
    };
    const refused: unknown = await found('results', { filter: {} }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(CommandError).and.to.include({ codeName: 'HostUnreachable' });
    records.afterRead = () => undefined;
    expect(await found('results', { filter: {} })).to.have.length(1);
  });

  it('cannot be brought into memory without end', async () => {
    const value = Buffer.alloc(15 * 1024 * 1024);
    for (const runId of ['1', '2', '3', '4', '5'])
      await insert('outputs', { _id: runId, runId, resultId: runId, value });
    const refused: unknown = await found('outputs', { filter: {} }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(CommandError).and.to.include({ code: 292 });
    expect(await found('outputs', { filter: { runId: { $in: ['1', '2'] } } })).to.have.length(2);
  });

  it('is removed by what is in it, also where a record holds much of it', async () => {
    const names = Array.from({ length: 300 }, (_, n) => `output-${n}`);
    for (const name of names)
      await insert('outputs', { runId: 'r', resultId: '1', name, odd: Number(name.slice(7)) % 2 });
    const removed = await removeDocuments(tenant, tenant.collection('outputs'), { filter: { odd: 1 } });
    expect(removed.matched).to.equal(150);
    expect(await found('outputs', { filter: { runId: 'r', odd: 0 } })).to.have.length(150);
  });

  it('cannot be demanded to be unique', () => {
    const index = { name: 'x', key: { message: 1 }, unique: true };
    expect(() => tenant.collection('results').assertPossible(index)).to.throw(CommandError, 'can be unique');
    tenant.collection('things').assertPossible(index);
  });
});
