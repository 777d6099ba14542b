/**
 * What of MongoDB the state store speaks, one row for each command and operator: a question and its answer. The
 * reference page is made of these rows, and a test asks each question.
 */
export type Row = CommandRow | OperatorRow;

/** A command, with the part of its answer that matters. */
export interface CommandRow {
  readonly kind: 'command';
  readonly name: string;
  readonly asks: object;
  readonly gets: object;
  readonly note?: string;
}

/** An operator: a filter with the names of the things that it finds, or a pipeline with what it makes of the things. */
export interface OperatorRow {
  readonly kind: 'query' | 'pipeline' | 'accumulator' | 'expression';
  readonly name: string;
  readonly asks: object;
  readonly gets: readonly unknown[];
  readonly note?: string;
}

/** What is refused, by MongoDB's number for the error. */
export interface Refusal {
  readonly what: string;
  readonly asks: object;
  readonly code: number;
}

/** The documents that the questions are about. */
export const THINGS = [
  { _id: 1, name: 'a', size: 3, shelf: { row: 'x' }, tags: ['red', 'blue'] },
  { _id: 2, name: 'b', size: 1, shelf: { row: 'y' } },
  { _id: 3, name: 'c', size: 2, sold: null },
];

const command = (name: string, asks: object, gets: object, note?: string): CommandRow => ({
  ...{ kind: 'command', name, asks, gets, note },
});
const query = (name: string, asks: object, ...gets: string[]): OperatorRow => ({ kind: 'query', name, asks, gets });
const stage = (name: string, asks: object[], gets: unknown[], note?: string): OperatorRow => ({
  ...{ kind: 'pipeline', name, asks, gets, note },
});
const accumulator = (name: string, of: unknown, value: unknown): OperatorRow => ({
  ...{ kind: 'accumulator', name },
  asks: [{ $sort: { _id: 1 } }, { $group: { _id: null, value: { [name]: of } } }],
  gets: [{ _id: null, value }],
});
const expression = (name: string, of: unknown, ...values: unknown[]): OperatorRow => ({
  ...{ kind: 'expression', name },
  asks: [{ $sort: { _id: 1 } }, { $project: { _id: 0, value: { [name]: of } } }],
  gets: values.map((value) => ({ value })),
});

const INDEX = { key: { size: 1 }, name: 'by-size' };

export const ROWS: readonly Row[] = [
  command(
    'hello',
    { hello: 1 },
    { isWritablePrimary: true, msg: 'isdbgrid', maxWireVersion: 21 },
    'before a login, too',
  ),
  command('isMaster', { isMaster: 1 }, { ismaster: true, msg: 'isdbgrid' }, 'before a login, too; also as OP_QUERY'),
  command('ismaster', { ismaster: 1 }, { ismaster: true }),
  command('ping', { ping: 1 }, {}),
  command('buildInfo', { buildInfo: 1 }, { version: '7.0.0' }),
  command('buildinfo', { buildinfo: 1 }, { version: '7.0.0' }),
  command('endSessions', { endSessions: [] }, {}),
  command('refreshSessions', { refreshSessions: [] }, {}),
  command('insert', { insert: 'things', documents: [{ _id: 4 }] }, { n: 1 }, 'retryable'),
  command(
    'update',
    { update: 'things', updates: [{ q: { _id: 1 }, u: { name: 'z' } }] },
    { n: 1, nModified: 1 },
    'whole documents, with or without `upsert`; retryable',
  ),
  command(
    'delete',
    { delete: 'things', deletes: [{ q: { size: 1 }, limit: 1 }] },
    { n: 1 },
    'with `limit: 1` retryable',
  ),
  command(
    'find',
    { find: 'things', filter: { size: 1 }, projection: { name: 1 } },
    { cursor: { firstBatch: [{ _id: 2, name: 'b' }] } },
  ),
  command(
    'aggregate',
    { aggregate: 'things', pipeline: [{ $count: 'all' }], cursor: {} },
    { cursor: { firstBatch: [{ all: 3 }] } },
  ),
  command('count', { count: 'things', query: { size: { $gt: 1 } } }, { n: 2 }),
  command('distinct', { distinct: 'things', key: 'shelf.row' }, { values: ['x', 'y'] }),
  command(
    'getMore',
    { getMore: 'CURSOR', collection: 'things' },
    { cursor: { nextBatch: [{ _id: 2 }, { _id: 3 }] } },
    'an answer is in one part up to 15 MiB; what is left is kept for ten minutes',
  ),
  command('killCursors', { killCursors: 'things', cursors: ['CURSOR'] }, { cursorsKilled: ['CURSOR'] }),
  command(
    'createIndexes',
    { createIndexes: 'things', indexes: [INDEX] },
    { numIndexesBefore: 1, numIndexesAfter: 2 },
    "Porter's are there from the start; of runs, results and outputs only what Porter looks them up by can be unique",
  ),
  command('listIndexes', { listIndexes: 'things' }, { cursor: { firstBatch: [{ name: '_id_' }] } }),
  command('dropIndexes', { dropIndexes: 'things', index: 'by-size' }, { nIndexesWas: 1 }, "Porter's stay"),
  command(
    'listCollections',
    { listCollections: 1, nameOnly: true },
    { cursor: { firstBatch: [{ name: 'things', type: 'collection' }] } },
  ),
  command('drop', { drop: 'things' }, { nIndexesWas: 1, ns: 'porter.things' }),
  command(
    'dropDatabase',
    { dropDatabase: 1 },
    { dropped: 'porter' },
    'what the tenant has, whatever the name of the database',
  ),

  query('$eq', { name: { $eq: 'a' } }, 'a'),
  query('$ne', { name: { $ne: 'a' } }, 'b', 'c'),
  query('$gt', { size: { $gt: 1 } }, 'a', 'c'),
  query('$gte', { size: { $gte: 2 } }, 'a', 'c'),
  query('$lt', { size: { $lt: 2 } }, 'b'),
  query('$lte', { size: { $lte: 2 } }, 'b', 'c'),
  query('$in', { name: { $in: ['a', 'c'] } }, 'a', 'c'),
  query('$nin', { name: { $nin: ['a', 'c'] } }, 'b'),
  query('$and', { $and: [{ size: { $gt: 1 } }, { name: 'a' }] }, 'a'),
  query('$or', { $or: [{ size: 1 }, { name: 'a' }] }, 'a', 'b'),
  query('$nor', { $nor: [{ size: 1 }, { name: 'a' }] }, 'c'),
  query('$not', { size: { $not: { $gt: 1 } } }, 'b'),
  query('$exists', { shelf: { $exists: false } }, 'c'),
  query('$type', { sold: { $type: 'null' } }, 'c'),
  query('$all', { tags: { $all: ['red', 'blue'] } }, 'a'),
  query('$elemMatch', { tags: { $elemMatch: { $eq: 'red' } } }, 'a'),
  query('$size', { tags: { $size: 2 } }, 'a'),
  query('$mod', { size: { $mod: [2, 1] } }, 'a', 'b'),
  query('$regex', { name: { $regex: '^[ab]$' } }, 'a', 'b'),

  stage('$match', [{ $match: { size: 1 } }, { $project: { name: 1 } }], [{ _id: 2, name: 'b' }]),
  stage('$sort', [{ $sort: { size: 1 } }, { $project: { _id: 1 } }], [{ _id: 2 }, { _id: 3 }, { _id: 1 }]),
  stage('$limit', [{ $sort: { _id: 1 } }, { $limit: 1 }, { $project: { _id: 1 } }], [{ _id: 1 }]),
  stage('$skip', [{ $sort: { _id: 1 } }, { $skip: 2 }, { $project: { _id: 1 } }], [{ _id: 3 }]),
  stage('$count', [{ $count: 'all' }], [{ all: 3 }]),
  stage('$project', [{ $match: { _id: 1 } }, { $project: { _id: 0, row: '$shelf.row' } }], [{ row: 'x' }]),
  stage('$group', [{ $group: { _id: null, sizes: { $sum: '$size' } } }], [{ _id: null, sizes: 6 }]),
  stage(
    '$addFields',
    [{ $match: { _id: 2 } }, { $addFields: { copy: '$name' } }, { $project: { copy: 1 } }],
    [{ _id: 2, copy: 'b' }],
  ),
  stage(
    '$set',
    [{ $match: { _id: 2 } }, { $set: { copy: '$name' } }, { $project: { copy: 1 } }],
    [{ _id: 2, copy: 'b' }],
  ),
  stage('$unset', [{ $match: { _id: 2 } }, { $unset: ['shelf', 'size'] }], [{ _id: 2, name: 'b' }]),
  stage(
    '$unwind',
    [{ $unwind: '$tags' }, { $project: { tags: 1 } }],
    [
      { _id: 1, tags: 'red' },
      { _id: 1, tags: 'blue' },
    ],
  ),
  stage('$replaceRoot', [{ $match: { _id: 1 } }, { $replaceRoot: { newRoot: '$shelf' } }], [{ row: 'x' }]),
  stage('$replaceWith', [{ $match: { _id: 1 } }, { $replaceWith: '$shelf' }], [{ row: 'x' }]),
  stage(
    '$lookup',
    [
      { $match: { _id: 1 } },
      { $lookup: { from: 'things', localField: 'size', foreignField: '_id', as: 'found' } },
      { $project: { 'found.name': 1 } },
    ],
    [{ _id: 1, found: [{ name: 'c' }] }],
  ),

  accumulator('$sum', '$size', 6),
  accumulator('$avg', '$size', 2),
  accumulator('$min', '$size', 1),
  accumulator('$max', '$size', 3),
  accumulator('$first', '$name', 'a'),
  accumulator('$last', '$name', 'c'),
  accumulator('$push', '$name', ['a', 'b', 'c']),
  accumulator('$addToSet', '$sold', [null]),
  accumulator('$count', {}, 3),

  expression('$and', [{ $gt: ['$size', 1] }, { $eq: ['$name', 'a'] }], true, false, false),
  expression('$or', [{ $eq: ['$size', 1] }, { $eq: ['$name', 'a'] }], true, true, false),
  expression('$not', [{ $eq: ['$name', 'a'] }], false, true, true),
  expression('$cmp', ['$size', 2], 1, -1, 0),
  expression('$eq', ['$size', 2], false, false, true),
  expression('$ne', ['$size', 2], true, true, false),
  expression('$gt', ['$size', 2], true, false, false),
  expression('$gte', ['$size', 2], true, false, true),
  expression('$lt', ['$size', 2], false, true, false),
  expression('$lte', ['$size', 2], false, true, true),
  expression('$cond', [{ $eq: ['$size', 1] }, 'small', 'large'], 'large', 'small', 'large'),
  expression('$ifNull', ['$shelf.row', 'none'], 'x', 'y', 'none'),
  expression(
    '$switch',
    { branches: [{ case: { $eq: ['$size', 1] }, then: 'small' }], default: 'large' },
    'large',
    'small',
    'large',
  ),
  expression('$arrayElemAt', ['$tags', 1], 'blue', null, null),
  expression('$first', '$tags', 'red', null, null),
  expression('$last', '$tags', 'blue', null, null),
  expression('$in', ['$name', ['a', 'b']], true, true, false),
  expression('$size', { $ifNull: ['$tags', []] }, 2, 0, 0),
];

export const REFUSALS: readonly Refusal[] = [
  { what: 'a command that is not in the list', asks: { findAndModify: 'things' }, code: 59 },
  { what: 'update operators', asks: { update: 'things', updates: [{ q: {}, u: { $set: { size: 1 } } }] }, code: 9 },
  { what: 'updates of many', asks: { update: 'things', updates: [{ q: {}, u: { size: 1 }, multi: true }] }, code: 9 },
  { what: 'a change of `_id`', asks: { update: 'things', updates: [{ q: { _id: 1 }, u: { _id: 9 } }] }, code: 66 },
  {
    what: 'a document of a unique key that is taken',
    asks: { insert: 'things', documents: [{ _id: 1 }] },
    code: 11000,
  },
  {
    what: 'transactions',
    asks: { insert: 'things', documents: [{}], startTransaction: true, autocommit: false },
    code: 263,
  },
  {
    what: 'a stage that is not in the list',
    asks: { aggregate: 'things', pipeline: [{ $out: 'x' }], cursor: {} },
    code: 40324,
  },
  {
    what: 'an accumulator that is not in the list',
    asks: { aggregate: 'things', pipeline: [{ $group: { _id: 1, x: { $accumulator: {} } } }], cursor: {} },
    code: 15952,
  },
  { what: 'a query operator that is not in the list', asks: { find: 'things', filter: { $where: 'true' } }, code: 2 },
  {
    what: 'a query that takes more than two seconds',
    asks: { find: 'things', filter: { long: { $regex: '^(a+)+$' } } },
    code: 50,
  },
  { what: 'an option that would change the answer', asks: { find: 'things', collation: { locale: 'de' } }, code: 238 },
  { what: 'an option that nobody knows', asks: { find: 'things', filtre: {} }, code: 40415 },
  {
    what: 'another index of the same name',
    asks: { createIndexes: 'things', indexes: [{ key: { a: 1 }, name: '_id_' }] },
    code: 86,
  },
  {
    what: 'another index of the same fields',
    asks: { createIndexes: 'things', indexes: [{ key: { _id: 1 }, name: 'x', unique: true }] },
    code: 85,
  },
  { what: 'an index of another kind', asks: { createIndexes: 'things', indexes: [{ key: { a: 'text' } }] }, code: 2 },
  {
    what: 'a unique index that the documents break',
    asks: { createIndexes: 'things', indexes: [{ key: { long: 1 }, unique: true }] },
    code: 11000,
  },
  {
    what: 'a unique index of what is not in memory',
    asks: { createIndexes: 'runs', indexes: [{ key: { bundle: 1 }, unique: true }] },
    code: 67,
  },
  { what: 'a collection of the system', asks: { find: 'system.users' }, code: 73 },
  { what: 'the rest of an answer that nobody keeps', asks: { getMore: 1, collection: 'things' }, code: 43 },
];
