import { expect } from 'chai';
import type { Document } from 'bson';
import { MemoryRecordStore } from '../../../test/support/memory-record-store.js';
import { LOGS_OUTPUT } from '../../../integrations/porter/state/index.js';
import { silentLogger } from '../../../runtime/telemetry/index.js';
import { Database } from '../persistence/database.js';
import { Commands } from '../query/commands.js';
import { Authentication } from '../wire/authentication.js';
import { decodeFaithful, encode } from '../wire/bson-codec.js';
import { Pruner } from './pruner.js';

const CREATED = '2030-01-01T00:00:00.000Z';
const OF = { namespace: 'dev', installation: 'shop' };

describe('Pruner', () => {
  let records: MemoryRecordStore;
  let pruner: Pruner;
  let commands: Commands;

  beforeEach(() => serve(3));

  async function serve(keepRuns: number): Promise<void> {
    records = new MemoryRecordStore();
    const now = () => Date.UTC(2030, 0, 3);
    const database = new Database(records, now, 0);
    await database.fill();
    pruner = new Pruner({ keepRuns, now, log: silentLogger });
    const retention = { logLimit: 100, pruner };
    commands = new Commands({ database, authentication: new Authentication('key'), now, retention });
  }

  async function run(command: Document): Promise<Document> {
    const body = decodeFaithful(encode(command));
    const request = { id: 1, name: Object.keys(body)[0]!, database: 'porter', body, expectsReply: true, legacy: false };
    return commands.handle(request, { connectionId: 1, closing: false, principal: { user: 'team-a', manager: false } });
  }

  /** What Porter writes of one run, in its order. */
  async function runs(number: number, { status = 'failed', outputs = [] as string[], of = OF } = {}): Promise<void> {
    const [_id, resultId] = [`01R${number}`, `02R${number}`];
    const insert = (collection: string, document: Document) =>
      run({ insert: collection, documents: [{ ...of, ...document }] });
    await insert('runs', { _id, created: CREATED });
    await insert('results', { _id: `${resultId}a`, runId: _id, status: 'running' });
    await insert('results', { _id: `${resultId}b`, runId: _id, status });
    for (const name of outputs) await insert('outputs', { runId: _id, resultId: `${resultId}b`, name, value: 'eA==' });
    await pruner.settled();
  }

  async function idsIn(collection: string, field = '_id'): Promise<unknown[]> {
    const { cursor } = (await run({ find: collection, filter: {}, sort: { [field]: 1 } })) as {
      cursor: { firstBatch: Document[] };
    };
    return cursor.firstBatch.map((document) => document[field] as unknown);
  }

  it('takes old runs away with their results and outputs', async () => {
    for (let number = 1; number <= 6; number++) await runs(number, { outputs: [LOGS_OUTPUT] });
    expect(await idsIn('runs')).to.deep.equal(['01R4', '01R5', '01R6']);
    expect(new Set(await idsIn('results', 'runId'))).to.deep.equal(new Set(['01R4', '01R5', '01R6']));
    expect(await idsIn('outputs', 'runId')).to.deep.equal(['01R4', '01R5', '01R6']);
    expect(records.records.size).to.equal(3);
  });

  it('keeps the last success, the latest values and the run that the installation names', async () => {
    const status = { runId: '01R2' };
    await run({ insert: 'installations', documents: [{ namespace: 'dev', name: 'shop', status }] });
    await runs(1, { status: 'succeeded', outputs: ['a'] });
    await runs(2);
    await runs(3, { status: 'succeeded' });
    for (const number of [4, 5, 6, 7]) await runs(number);
    expect(await idsIn('runs')).to.deep.equal(['01R1', '01R2', '01R3', '01R5', '01R6', '01R7']);
  });

  it('takes away what is left of a run without the run', async () => {
    await run({
      insert: 'results',
      documents: [{ ...OF, _id: '020', runId: '01R0', created: CREATED, status: 'failed' }],
    });
    for (const number of [1, 2, 3, 4]) await runs(number);
    expect(await idsIn('results', 'runId')).to.not.include('01R0');
  });

  it('looks again when something comes while it is at work', async () => {
    for (const number of [1, 2, 3]) await runs(number);
    const waits = [4, 5, 6].map((number) => runs(number));
    await Promise.all(waits);
    await pruner.settled();
    expect(await idsIn('runs')).to.deep.equal(['01R4', '01R5', '01R6']);
  });

  it('touches no other installation', async () => {
    for (const number of [1, 2, 3]) await runs(number, { of: { namespace: '', installation: 'shop' } });
    for (const number of [4, 5, 6, 7]) await runs(number);
    expect(await idsIn('runs')).to.deep.equal(['01R1', '01R2', '01R3', '01R5', '01R6', '01R7']);
  });

  it('keeps everything when it is told so', async () => {
    await serve(0);
    for (let number = 1; number <= 6; number++) await runs(number);
    expect(await idsIn('runs')).to.have.length(6);
  });

  it('tries again at the next run when the API server was away', async () => {
    for (const number of [1, 2, 3]) await runs(number);
    const remove = records.delete.bind(records);
    records.delete = () => Promise.reject(new Error('away'));
    await runs(4);
    records.delete = remove;
    expect(await idsIn('runs')).to.have.length(4);
    await runs(5);
    expect(await idsIn('runs')).to.deep.equal(['01R3', '01R4', '01R5']);
  });

  it('stands beside the limit of logs', async () => {
    const value = Buffer.alloc(1000, 'x').toString('base64');
    await run({ insert: 'outputs', documents: [{ ...OF, runId: '1', resultId: '1', name: LOGS_OUTPUT, value }] });
    expect(String((await idsIn('outputs', 'value'))[0])).to.have.length.below(400);
  });
});
