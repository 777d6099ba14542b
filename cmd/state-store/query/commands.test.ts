import { expect } from 'chai';
import type { Document } from 'bson';
import { Double, Int32, Long, ObjectId } from 'bson';
import { MemoryRecordStore } from '../../../test/support/memory-record-store.js';
import { Database } from '../persistence/database.js';
import { Authentication } from '../wire/authentication.js';
import { decodeFaithful, encode } from '../wire/bson-codec.js';
import type { CommandError } from '../wire/command-error.js';
import { Commands } from './commands.js';

describe('Commands', () => {
  let commands: Commands;
  let now = 0;

  beforeEach(async () => {
    const database = new Database(new MemoryRecordStore(), Date.now);
    await database.fill();
    commands = new Commands({ database, authentication: new Authentication('key'), now: () => now });
  });

  /** Runs a command as it comes from the wire, and gives its answer as a client sees it. */
  async function run(command: Document, user = 'team-a'): Promise<Document> {
    const body = decodeFaithful(encode(command));
    const request = { id: 1, name: Object.keys(body)[0]!, database: 'porter', body, expectsReply: true, legacy: false };
    const session = { connectionId: 1, closing: false, principal: { user, manager: user === '$manager' } };
    return commands.handle(request, session);
  }

  async function refused(command: Document, user?: string): Promise<CommandError> {
    try {
      await run(command, user);
    } catch (error) {
      return error as CommandError;
    }
    throw new Error('it was not refused');
  }

  const plain = async (command: Document): Promise<Document> =>
    JSON.parse(JSON.stringify(await run(command))) as Document;
  const find = async (filter: Document, more: Document = {}): Promise<unknown[]> => {
    const { cursor } = (await plain({ find: 'things', filter, projection: { _id: 0, name: 1 }, ...more })) as {
      cursor: { firstBatch: { name: string }[] };
    };
    return cursor.firstBatch.map(({ name }) => name);
  };

  const THINGS = [
    { _id: 1, name: 'a', namespace: '', size: 3, labels: { x: 'y' }, tags: ['red', 'blue'] },
    { _id: 2, name: 'b', namespace: 'dev', size: 1, labels: { x: 'z' } },
    { _id: 3, name: 'c', namespace: 'dev', size: 2, done: null },
  ];
  const insertThings = (): Promise<Document> => run({ insert: 'things', documents: THINGS });

  describe('find', () => {
    const filters: [string, Document, string[]][] = [
      ['everything', {}, ['a', 'b', 'c']],
      ['equality', { namespace: 'dev' }, ['b', 'c']],
      ['a field of a field', { 'labels.x': 'y' }, ['a']],
      ['$or', { name: 'b', $or: [{ namespace: '' }, { namespace: 'dev' }] }, ['b']],
      ['$and, $nor', { $and: [{ size: { $gt: 1 } }], $nor: [{ name: 'a' }] }, ['c']],
      ['comparison', { size: { $gte: 2, $lt: 3 } }, ['c']],
      ['$in', { name: { $in: ['a', 'c'] } }, ['a', 'c']],
      ['$nin', { name: { $nin: ['a', 'c'] } }, ['b']],
      ['$ne', { name: { $ne: 'a' } }, ['b', 'c']],
      ['$not', { size: { $not: { $gt: 1 } } }, ['b']],
      ['$exists', { labels: { $exists: false } }, ['c']],
      ['null', { done: null }, ['a', 'b', 'c']],
      ['$regex', { name: { $regex: '^[ab]$' } }, ['a', 'b']],
      ['an element of a list', { tags: 'red' }, ['a']],
      ['$all and $size', { tags: { $all: ['red'], $size: 2 } }, ['a']],
      ['_id', { _id: 2 }, ['b']],
      ['_id of no document', { _id: 9 }, []],
    ];
    for (const [what, filter, names] of filters) {
      it(`understands ${what}`, async () => {
        await insertThings();
        expect(await find(filter)).to.deep.equal(names);
      });
    }

    it('sorts, skips and limits', async () => {
      await insertThings();
      expect(await find({}, { sort: { namespace: -1, size: 1 } })).to.deep.equal(['b', 'c', 'a']);
      expect(await find({}, { sort: { size: 1 }, skip: 1, limit: 1 })).to.deep.equal(['c']);
      expect(await find({}, { skip: 5 })).to.deep.equal([]);
    });

    it('gives numbers back with the type that they had', async () => {
      const document = {
        _id: new ObjectId(),
        double: new Double(1),
        int: new Int32(1),
        long: Long.fromString('9007199254740993'),
      };
      await run({ insert: 'things', documents: [document] });
      const { cursor } = (await run({ find: 'things', filter: { double: 1 } })) as {
        cursor: { firstBatch: Document[] };
      };
      expect(cursor.firstBatch).to.deep.equal([document]);
    });

    it('gives long answers in parts', async () => {
      await run({ insert: 'things', documents: Array.from({ length: 250 }, (_, n) => ({ _id: n })) });
      const first = (await run({ find: 'things', batchSize: 100 })) as { cursor: { firstBatch: Document[]; id: Long } };
      expect(first.cursor.firstBatch).to.have.length(100);
      const second = (await run({ getMore: first.cursor.id, collection: 'things', batchSize: 100 })) as {
        cursor: { nextBatch: Document[]; id: Long };
      };
      expect(second.cursor.id.equals(first.cursor.id)).to.equal(true);
      const third = (await run({ getMore: first.cursor.id, collection: 'things' })) as {
        cursor: { nextBatch: Document[]; id: Long };
      };
      expect([second.cursor.nextBatch.length, third.cursor.nextBatch.length, third.cursor.id.isZero()]).to.deep.equal([
        100,
        50,
        true,
      ]);
      expect((await refused({ getMore: first.cursor.id, collection: 'things' })).code).to.equal(43);
    });

    it("continues nobody else's answer, and none that was ended or left", async () => {
      await run({ insert: 'things', documents: [{ _id: 1 }, { _id: 2 }] });
      const begin = async (): Promise<Long> =>
        ((await run({ find: 'things', batchSize: 1 })) as { cursor: { id: Long } }).cursor.id;
      expect((await refused({ getMore: await begin(), collection: 'things' }, 'team-b')).code).to.equal(43);
      const ended = await begin();
      expect((await run({ killCursors: 'things', cursors: [ended] }))['cursorsKilled']).to.deep.equal([ended]);
      expect((await refused({ getMore: ended, collection: 'things' })).code).to.equal(43);
    });

    it('breaks off a pattern that backtracks without end', async function () {
      this.timeout(15_000);
      await run({ insert: 'things', documents: [{ name: `${'a'.repeat(60)}!` }] });
      expect((await refused({ find: 'things', filter: { name: { $regex: '^(a+)+$' } } })).code).to.equal(50);
    });

    it('breaks off a filter that names more fields than anybody needs', async function () {
      this.timeout(30_000);
      const filter = Object.fromEntries(Array.from({ length: 150_000 }, (_, index) => [`a${index}`, null]));
      await run({ insert: 'things', documents: Array.from({ length: 200 }, (_, index) => ({ _id: index })) });
      expect((await refused({ find: 'things', filter })).code).to.equal(50);
    });

    it('gives a list in one part as long as a message can carry it', async () => {
      const value = Buffer.alloc(1024 * 1024);
      for (let _id = 0; _id < 15; _id++) await run({ insert: 'things', documents: [{ _id, value }] });
      const { cursor } = (await run({ find: 'things' })) as { cursor: { firstBatch: Document[]; id: Long } };
      expect([cursor.firstBatch.length, cursor.id.isZero()]).to.deep.equal([14, false]);
      const all = await run({ find: 'things', filter: { _id: { $lt: 14 } } });
      expect((all['cursor'] as { id: Long }).id.isZero()).to.equal(true);
    });

    it("forgets no tenant's answers for those of another", async () => {
      await run({ insert: 'things', documents: [{ _id: 1 }, { _id: 2 }] });
      await run({ insert: 'things', documents: [{ _id: 1 }, { _id: 2 }] }, 'team-b');
      const begin = async (user?: string): Promise<Long> =>
        ((await run({ find: 'things', batchSize: 1 }, user)) as { cursor: { id: Long } }).cursor.id;
      const [mine, first] = [await begin(), await begin('team-b')];
      for (let more = 0; more < 100; more++) await begin('team-b');
      expect((await refused({ getMore: first, collection: 'things' }, 'team-b')).code).to.equal(43);
      expect(await run({ getMore: mine, collection: 'things' })).to.have.property('cursor');
    });

    const notUnderstood: Document[] = [
      { $where: 'return true' },
      { $expr: { $eq: [1, 1] } },
      { name: { $foo: 1 } },
      { $foo: 1 },
      { name: { $regex: '(' } },
      { '__proto__.x': 1 },
    ];
    for (const filter of notUnderstood) {
      it(`refuses ${JSON.stringify(filter)}`, async () => {
        await insertThings();
        expect((await refused({ find: 'things', filter })).codeName).to.equal('BadValue');
      });
    }

    for (const more of [
      { sort: { a: 'x' } },
      { sort: 3 },
      { limit: -1 },
      { skip: 'x' },
      { projection: { a: { $slice: 1 } } },
      { filter: [] },
    ]) {
      it(`refuses ${JSON.stringify(more)}`, async () => {
        expect((await refused({ find: 'things', ...more })).code).to.be.oneOf([2, 14]);
      });
    }
  });

  it('aggregates as Porter asks for the latest outputs', async () => {
    const output = (resultId: string, name: string, value: string): Document => ({
      resultId,
      name,
      value,
      runId: 'r',
      namespace: '',
      installation: 'a',
    });
    await run({
      insert: 'outputs',
      documents: [output('1', 'x', 'old'), output('2', 'x', 'new'), output('1', 'y', 'only')],
    });
    const pipeline = [
      { $match: { namespace: '', installation: 'a' } },
      { $sort: { name: 1, resultId: -1 } },
      { $group: { _id: '$name', lastOutput: { $first: '$$ROOT' } } },
    ];
    const { cursor } = (await plain({ aggregate: 'outputs', pipeline, cursor: {} })) as {
      cursor: { firstBatch: { _id: string; lastOutput: { value: string } }[] };
    };
    const values = Object.fromEntries(cursor.firstBatch.map(({ _id, lastOutput }) => [_id, lastOutput.value]));
    expect(values).to.deep.equal({ x: 'new', y: 'only' });
  });

  it('joins runs with results as Porter asks for unfinished runs', async () => {
    await run({ insert: 'runs', documents: [{ _id: 'r1' }, { _id: 'r2' }] });
    await run({ insert: 'results', documents: [{ _id: '1', runId: 'r1', status: 'succeeded' }] });
    const pipeline = [
      { $lookup: { from: 'results', localField: '_id', foreignField: 'runId', as: 'results' } },
      { $match: { 'results.status': { $nin: ['succeeded'] } } },
    ];
    const { cursor } = (await plain({ aggregate: 'runs', pipeline, cursor: {} })) as {
      cursor: { firstBatch: { _id: string }[] };
    };
    expect(cursor.firstBatch.map(({ _id }) => _id)).to.deep.equal(['r2']);
  });

  for (const [stage, code] of [
    [{ $out: 'x' }, 40_324],
    [{ $merge: 'x' }, 40_324],
    [{ $facet: {} }, 40_324],
    [{ $group: { _id: 1, a: { $accumulator: {} } } }, 15_952],
    [{ $group: { _id: 1, a: { $foo: 1 } } }, 15_952],
    [{ $project: { a: { $function: {} } } }, 2],
  ] as const) {
    it(`refuses the stage ${JSON.stringify(stage)}`, async () => {
      await insertThings();
      expect((await refused({ aggregate: 'things', pipeline: [stage], cursor: {} })).code).to.equal(code);
    });
  }

  it('counts, and lists distinct values', async () => {
    await insertThings();
    expect(await run({ count: 'things', query: { namespace: 'dev' } })).to.deep.equal({ n: 2 });
    expect(await run({ count: 'things', limit: 1 })).to.deep.equal({ n: 1 });
    expect((await run({ distinct: 'things', key: 'namespace' }))['values']).to.have.members(['', 'dev']);
  });

  describe('writes', () => {
    it('inserts in order up to the first duplicate', async () => {
      const answer = await run({ insert: 'things', documents: [{ _id: 1 }, { _id: 1 }, { _id: 2 }] });
      expect(answer['n']).to.equal(1);
      expect(
        (answer['writeErrors'] as Document[]).map(({ index, code }) => [index as unknown, code as unknown]),
      ).to.deep.equal([[1, 11000]]);
    });

    it('inserts all that can be when order does not matter', async () => {
      expect(
        (await run({ insert: 'things', documents: [{ _id: 1 }, { _id: 1 }, { _id: 2 }], ordered: false }))['n'],
      ).to.equal(2);
    });

    it('tells apart what was replaced, inserted and left alone', async () => {
      const update = (q: Document, u: Document, upsert: boolean): Promise<Document> =>
        run({ update: 'things', updates: [{ q, u, upsert }] });
      expect(await update({ name: 'a' }, { name: 'a' }, false)).to.deep.equal({ n: 0, nModified: 0 });
      const inserted = await update({ name: 'a' }, { name: 'a' }, true);
      expect(inserted).to.include({ n: 1, nModified: 0 }).and.to.have.property('upserted').with.length(1);
      expect(await update({ name: 'a' }, { name: 'a', x: 1 }, true)).to.deep.equal({ n: 1, nModified: 1 });
      expect(await update({ name: 'a' }, { name: 'a', x: 1 }, true)).to.deep.equal({ n: 1, nModified: 0 });
    });

    it('gives a document that is inserted by an update the _id that was asked for', async () => {
      const { upserted } = await run({ update: 'things', updates: [{ q: { _id: 'x' }, u: { a: 1 }, upsert: true }] });
      expect(upserted).to.deep.equal([{ index: 0, _id: 'x' }]);
    });

    it('refuses update operators and updates of many', async () => {
      const refusedUpdate = async (statement: Document): Promise<unknown> =>
        ((await run({ update: 'things', updates: [statement] }))['writeErrors'] as Document[])[0]?.['code'];
      expect(await refusedUpdate({ q: {}, u: { $set: { a: 1 } } })).to.equal(9);
      expect(await refusedUpdate({ q: {}, u: { a: 1 }, multi: true })).to.equal(9);
    });

    it('deletes one or all that match', async () => {
      await insertThings();
      expect(await run({ delete: 'things', deletes: [{ q: { namespace: 'dev' }, limit: 1 }] })).to.deep.equal({ n: 1 });
      expect(await run({ delete: 'things', deletes: [{ q: {}, limit: 0 }] })).to.deep.equal({ n: 2 });
    });

    for (const name of ['', 'system.users', '$indexes', 'a$b', 'x'.repeat(121)]) {
      it(`refuses the collection '${name.slice(0, 12)}'`, async () => {
        expect((await refused({ insert: name, documents: [{}] })).codeName).to.equal('InvalidNamespace');
      });
    }
  });

  describe('indexes', () => {
    const create = (index: Document, collection = 'things'): Promise<Document> =>
      run({ createIndexes: collection, indexes: [index] });
    const unique = { key: { name: 1 }, name: 'by-name', unique: true };

    it("has Porter's from the start", async () => {
      const index = { key: { namespace: 1, name: 1 }, name: 'namespace_1_name_1', unique: true };
      expect((await create(index, 'installations'))['note']).to.equal('all indexes already exist');
    });

    it('makes others once', async () => {
      expect(Number((await create(unique))['numIndexesAfter'])).to.equal(2);
      expect(Number((await create(unique))['numIndexesBefore'])).to.equal(2);
      await run({ insert: 'things', documents: [{ name: 'a' }] });
      expect((await run({ insert: 'things', documents: [{ name: 'a' }] }))['writeErrors']).to.have.length(1);
    });

    it('refuses a unique index that the documents break', async () => {
      await run({ insert: 'things', documents: [{ name: 'a' }, { name: 'a' }] });
      expect((await refused({ createIndexes: 'things', indexes: [unique] })).code).to.equal(11000);
    });

    it('drops what was made, and never what Porter needs', async () => {
      await create(unique);
      await run({ dropIndexes: 'things', index: 'by-name' });
      expect((await run({ insert: 'things', documents: [{ name: 'a' }, { name: 'a' }] }))['n']).to.equal(2);
      await run({ dropIndexes: 'installations', index: '*' });
      const { cursor } = (await run({ listIndexes: 'installations' })) as {
        cursor: { firstBatch: { name: string }[] };
      };
      expect(cursor.firstBatch.map(({ name }) => name)).to.deep.equal(['_id_', 'namespace_1_name_1']);
    });

    it('refuses what it does not do', async () => {
      for (const index of [
        { key: { a: 'text' } },
        { key: {} },
        { key: { a: 1 }, sparse: true },
        { key: { a: 1 }, expireAfterSeconds: 1 },
      ]) {
        expect((await refused({ createIndexes: 'things', indexes: [index] })).codeName).to.equal('BadValue');
      }
    });

    it('lists collections that hold something', async () => {
      await insertThings();
      await create(unique, 'others');
      const { cursor } = (await run({ listCollections: 1 })) as { cursor: { firstBatch: { name: string }[] } };
      expect(cursor.firstBatch.map(({ name }) => name)).to.deep.equal(['things']);
    });
  });

  describe('options', () => {
    const meaningful: [string, Document, number][] = [
      ['a collation', { find: 'things', filter: {}, collation: { locale: 'en' } }, 238],
      ['variables', { aggregate: 'things', pipeline: [], cursor: {}, let: { a: 1 } }, 238],
      ['a tail', { find: 'things', tailable: true }, 238],
      ['a snapshot', { find: 'things', readConcern: { level: 'snapshot' } }, 238],
      ['filters for elements of lists', { update: 'things', updates: [{ q: {}, u: {}, arrayFilters: [{}] }] }, 238],
      ['a collation of a statement', { delete: 'things', deletes: [{ q: {}, limit: 1, collation: {} }] }, 238],
      ['one that nobody knows', { find: 'things', filtre: {} }, 40415],
      ['one of a statement that nobody knows', { delete: 'things', deletes: [{ q: {}, limite: 1 }] }, 40415],
    ];
    for (const [what, command, code] of meaningful) {
      it(`refuse ${what}`, async () => {
        expect((await refused(command)).code).to.equal(code);
      });
    }

    it('take what makes no difference, and what is off', async () => {
      await insertThings();
      const neutral = { hint: { name: 1 }, comment: 'x', maxTimeMS: 100, readConcern: { level: 'majority' } };
      expect(await find({ name: 'a' }, { ...neutral, tailable: false, collation: null })).to.deep.equal(['a']);
    });

    it('choose among collections', async () => {
      await insertThings();
      await run({ insert: 'others', documents: [{}] });
      const list = async (options: Document): Promise<unknown> =>
        ((await plain({ listCollections: 1, ...options }))['cursor'] as { firstBatch: unknown }).firstBatch;
      expect(await list({ filter: { name: 'things' }, nameOnly: true })).to.deep.equal([
        { name: 'things', type: 'collection' },
      ]);
      expect(await list({ filter: { name: { $nin: ['things', 'others'] } } })).to.deep.equal([]);
    });
  });

  for (const name of ['findAndModify', 'eval', 'mapReduce', 'constructor', 'toString']) {
    it(`does not know ${name}`, async () => {
      expect((await refused({ [name]: 1 })).code).to.equal(59);
    });
  }

  it('forgets answers that nobody has asked for in ten minutes', async () => {
    await run({ insert: 'things', documents: [{ _id: 1 }, { _id: 2 }] });
    const left = (await run({ find: 'things', batchSize: 1 })) as { cursor: { id: Long } };
    now += 600_001;
    await run({ find: 'things', batchSize: 1 });
    expect((await refused({ getMore: left.cursor.id, collection: 'things' })).code).to.equal(43);
  });
});
