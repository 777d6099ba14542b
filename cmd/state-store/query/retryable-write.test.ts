import { expect } from 'chai';
import type { Document } from 'bson';
import { Long, UUID } from 'bson';
import fc from 'fast-check';
import { MemoryRecordStore } from '../../../test/support/memory-record-store.js';
import { Database } from '../persistence/database.js';
import { Authentication } from '../wire/authentication.js';
import { decodeFaithful, encode } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';
import { Commands } from './commands.js';

const MINUTE = 60_000;
const SESSION = { id: new UUID('00112233-4455-6677-8899-aabbccddeeff').toBinary() };

describe('A write that is sent again', () => {
  let records: MemoryRecordStore;
  let database: Database;
  let commands: Commands;
  let now: number;

  beforeEach(async () => {
    records = new MemoryRecordStore();
    now = Date.UTC(2030, 0);
    await restart();
  });

  /** Another process with the same records. */
  async function restart(): Promise<void> {
    database = new Database(records, () => now, 0);
    await database.fill();
    commands = new Commands({ database, authentication: new Authentication('key'), now: () => now });
  }

  async function run(command: Document): Promise<Document> {
    const body = decodeFaithful(encode(command));
    const request = { id: 1, name: Object.keys(body)[0]!, database: 'porter', body, expectsReply: true, legacy: false };
    const principal = { user: 'team-a', manager: false };
    const reply = await commands.handle(request, { connectionId: 1, closing: false, principal });
    return JSON.parse(JSON.stringify(reply)) as Document;
  }

  const retryable = (command: Document, number = 1): Document => ({
    ...command,
    lsid: SESSION,
    txnNumber: Long.fromNumber(number),
  });
  const write = (command: Document, number = 1): Promise<Document> => run(retryable(command, number));
  const all = async (collection = 'installations'): Promise<Document[]> => {
    const { cursor } = await run({ find: collection, filter: {}, projection: { _id: 0 }, sort: { name: 1 } });
    return (cursor as { firstBatch: Document[] }).firstBatch;
  };

  async function refusal(command: Document): Promise<CommandError> {
    try {
      await run(command);
    } catch (error) {
      if (error instanceof CommandError) return error;
      throw error;
    }
    throw new Error('it was not refused');
  }

  const DOCUMENT = { namespace: '', name: 'a', n: 1 };
  const insert = { insert: 'installations', documents: [DOCUMENT] };
  const upsert = {
    update: 'installations',
    updates: [{ q: { namespace: '', name: 'a' }, u: { ...DOCUMENT, n: 2 }, upsert: true }],
  };
  const remove = { delete: 'installations', deletes: [{ q: { namespace: '', name: 'a' }, limit: 1 }] };

  it('inserts once', async () => {
    expect(await write(insert)).to.deep.equal({ n: 1 });
    expect(await write(insert)).to.deep.equal({ n: 1 });
    expect(await all()).to.deep.equal([DOCUMENT]);
  });

  it('inserts once where the server chooses the id', async () => {
    const command = { insert: 'things', documents: [{ name: 'a' }] };
    await write(command);
    await write(command);
    expect(await all('things')).to.have.length(1);
  });

  it('upserts once, with the same id', async () => {
    const first = await write({ ...upsert, update: 'things' });
    expect(first).to.have.nested.property('upserted[0]._id');
    expect(await write({ ...upsert, update: 'things' })).to.deep.equal(first);
    expect(await all('things')).to.have.length(1);
  });

  it('replaces once, also when the filter no longer matches', async () => {
    await run(insert);
    const command = { update: 'installations', updates: [{ q: { n: 1 }, u: { ...DOCUMENT, n: 2 }, upsert: true }] };
    expect(await write(command)).to.deep.equal({ n: 1, nModified: 1 });
    expect(await write(command)).to.deep.equal({ n: 1, nModified: 1 });
    expect(await all()).to.deep.equal([{ ...DOCUMENT, n: 2 }]);
  });

  it('removes one document, not the next one too', async () => {
    await run({ insert: 'things', documents: [{ name: 'a' }, { name: 'a' }] });
    const command = { delete: 'things', deletes: [{ q: { name: 'a' }, limit: 1 }] };
    expect(await write(command)).to.deep.equal({ n: 1 });
    expect(await write(command)).to.deep.equal({ n: 1 });
    expect(await all('things')).to.have.length(1);
  });

  it('removes nothing that came later under the same name', async () => {
    await run(insert);
    await write(remove);
    await run({ ...insert, documents: [{ ...DOCUMENT, n: 3 }] });
    expect(await write(remove)).to.deep.equal({ n: 1 });
    expect(await all()).to.deep.equal([{ ...DOCUMENT, n: 3 }]);
  });

  it('goes on where it was cut off', async () => {
    const documents = [1, 2, 3, 4].map((n) => ({ _id: `${n}`, namespace: '', name: `${n}` }));
    let writes = 0;
    records.afterWrite = () => {
      writes += 1;
      if (writes === 2) throw new Error('the answer got lost');
    };
    expect((await refusal(retryable({ insert: 'installations', documents }))).codeName).to.equal('HostUnreachable');
    expect(await write({ insert: 'installations', documents })).to.deep.equal({ n: 4 });
    // One more is the store's own, which makes sure that nothing of the first attempt arrives later.
    expect([(await all()).length, writes]).to.deep.equal([4, 5]);
  });

  it('is known to another process', async () => {
    for (const [number, command] of [insert, upsert, remove].entries()) {
      const first = await write(command, number + 1);
      await restart();
      const { writes } = records;
      expect(await write(command, number + 1)).to.deep.equal(first);
      expect(records.writes).to.equal(writes);
    }
    expect(await all()).to.deep.equal([]);
  });

  it('waits for the first attempt, which is still under way', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    records.beforeWrite = () => held;
    const command = { update: 'things', updates: [{ q: { name: 'a' }, u: { name: 'a' }, upsert: true }] };
    const attempts = [write(command), write(command)];
    release();
    const [first, second] = await Promise.all(attempts);
    expect(second).to.deep.equal(first);
    expect(await all('things')).to.have.length(1);
  });

  it('finds what a process that is no more had sent, and what arrived only then', async () => {
    const other = records;
    const before = new MemoryRecordStore();
    records = before;
    await restart();
    records = other;
    // The present process has read the records before the write of the former one arrived.
    const late = new Database(before, () => now);
    await late.fill();
    const former = new Commands({ database: late, authentication: new Authentication('key'), now: () => now });
    const body = decodeFaithful(encode(retryable(upsert)));
    const request = { id: 1, name: 'update', database: 'porter', body, expectsReply: true, legacy: false };
    const principal = { user: 'team-a', manager: false };
    const first = await former.handle(request, { connectionId: 1, closing: false, principal });
    expect(await write(upsert)).to.deep.equal(JSON.parse(JSON.stringify(first)));
    expect([await all(), before.writes]).to.deep.equal([[{ ...DOCUMENT, n: 2 }], 1]);
  });

  it('does not happen once more when what got no answer arrives after all', async () => {
    await run({
      insert: 'things',
      documents: [
        { _id: 1, name: 'a' },
        { _id: 2, name: 'a' },
      ],
    });
    const late: (() => Promise<unknown>)[] = [];
    for (const method of ['create', 'replace', 'delete'] as const) {
      const original = records[method].bind(records) as (record: unknown) => Promise<never>;
      let lost = false;
      const losing = (record: unknown) => {
        if (lost) return original(record);
        lost = true;
        late.push(() => original(record));
        return Promise.reject(new Error('no answer'));
      };
      Object.assign(records, { [method]: losing });
    }
    const commands: [Document, Document][] = [
      [{ update: 'things', updates: [{ q: { name: 'b' }, u: { name: 'b' }, upsert: true }] }, { nModified: 0 }],
      [{ delete: 'things', deletes: [{ q: { name: 'a' }, limit: 1 }] }, {}],
    ];
    for (const [index, [command, more]] of commands.entries()) {
      await refusal(retryable(command, index + 1));
      await run({ count: 'things' });
      for (const arrive of late.splice(0)) await arrive().catch(() => undefined);
      expect(await write(command, index + 1)).to.include({ n: 1, ...more });
      await restart();
      expect((await all('things')).map(({ name }) => name as string)).to.deep.equal(
        index === 0 ? ['a', 'a', 'b'] : ['a', 'b'],
      );
    }
  });

  it('is told that the API server is away in the way that makes its driver try again', async () => {
    records.beforeWrite = () => {
      throw new Error('away');
    };
    expect((await refusal(retryable(insert))).details).to.deep.equal({ errorLabels: ['RetryableWriteError'] });
    expect((await refusal(insert)).details).to.deep.equal({});
  });

  it('leaves a record without documents for half an hour', async () => {
    await write(insert, 1);
    await write(remove, 2);
    await database.sweep();
    expect(records.records.size).to.equal(1);
    now += 30 * MINUTE;
    await database.sweep();
    expect(records.records.size).to.equal(0);
    await run(insert);
    expect(await all()).to.have.length(1);
  });

  it('leaves no other record because one cannot be taken away', async () => {
    for (const [number, name] of ['a', 'b'].entries()) {
      await write({ insert: 'installations', documents: [{ ...DOCUMENT, name }] }, 2 * number + 1);
      await write({ delete: 'installations', deletes: [{ q: { name }, limit: 1 }] }, 2 * number + 2);
    }
    now += 30 * MINUTE;
    records.beforeWrite = () => {
      records.beforeWrite = () => undefined;
      throw new Error('away');
    };
    expect(String(await database.sweep().catch(String))).to.contain('away');
    expect(records.records.size).to.equal(1);
  });

  it('makes sure only once of what a record holds, however many ask', async () => {
    records.afterWrite = () => {
      records.afterWrite = () => undefined;
      throw new Error('the answer got lost');
    };
    await refusal(retryable(insert));
    const before = records.writes;
    await Promise.all([all(), all(), all()]);
    expect(records.writes - before).to.equal(1);
  });

  it('keeps no empty record for writes that are sent once', async () => {
    await run(insert);
    await run(remove);
    expect(records.records.size).to.equal(0);
  });

  const refused: Record<string, [Document, number]> = {
    'a number without a session': [{ ...insert, txnNumber: 1 }, 72],
    'a session that is no UUID': [{ ...insert, lsid: { id: 'a' }, txnNumber: 1 }, 72],
    'a number below 0': [{ ...insert, lsid: SESSION, txnNumber: -1 }, 72],
    'a removal of many': [{ ...retryable(remove), deletes: [{ q: {}, limit: 0 }] }, 72],
    'a read': [retryable({ find: 'installations' }), 50768],
    'a transaction': [{ ...retryable(insert), startTransaction: true, autocommit: false }, 263],
  };
  for (const [what, [command, code]] of Object.entries(refused)) {
    it(`cannot be ${what}`, async () => {
      expect((await refusal(command)).code).to.equal(code);
      expect(await all()).to.deep.equal([]);
    });
  }

  it('is refused when its session has gone on', async () => {
    await write(insert, 2);
    expect((await refusal(retryable(upsert, 1))).code).to.equal(225);
  });

  it('happens exactly once, however often the store ends and answers get lost', async () => {
    const operation = fc.record({
      kind: fc.constantFrom('insert', 'upsert', 'remove'),
      name: fc.constantFrom('a', 'b'),
      fates: fc.array(fc.constantFrom('lost before', 'lost after', 'restart'), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
        records = new MemoryRecordStore();
        await restart();
        const model = new Map<string, number>();
        for (const [index, { kind, name, fates }] of operations.entries()) {
          const answer = await persistently(retryable(commandOf(kind, name, index), index + 1), fates);
          expect(answer).to.deep.equal(expectedOf(model, kind, name, index));
        }
        const stored = (await all()).map(({ name, n }): unknown[] => [name, n]);
        expect(stored).to.deep.equal([...model].sort());
      }),
      { numRuns: 300 },
    );
  });

  /** Sends a write until it is answered; each attempt but the last has a fate. */
  async function persistently(command: Document, fates: readonly string[]): Promise<Document> {
    for (const fate of fates) {
      if (fate === 'restart') await restart();
      const lose = () => {
        throw new Error(fate);
      };
      if (fate === 'lost before') records.beforeWrite = lose;
      if (fate === 'lost after') records.afterWrite = lose;
      const answer = await run(command).catch(() => undefined);
      records.beforeWrite = records.afterWrite = () => undefined;
      // An answer may have got lost on its way, too: what comes next must be the same.
      if (answer !== undefined) expect(withoutIds(await run(command))).to.deep.equal(withoutIds(answer));
    }
    return withoutIds(await run(command));
  }
});

function commandOf(kind: string, name: string, n: number): Document {
  const key = { namespace: '', name };
  if (kind === 'insert') return { insert: 'installations', documents: [{ ...key, n }] };
  if (kind === 'remove') return { delete: 'installations', deletes: [{ q: key, limit: 1 }] };
  return { update: 'installations', updates: [{ q: key, u: { ...key, n }, upsert: true }] };
}

/** What MongoDB would answer, and what there is afterwards. */
function expectedOf(model: Map<string, number>, kind: string, name: string, n: number): Document {
  const wasThere = model.has(name);
  if (kind === 'insert') {
    if (wasThere) return { n: 0, writeErrors: 11000 };
    model.set(name, n);
    return { n: 1 };
  }
  if (kind === 'remove') return { n: model.delete(name) ? 1 : 0 };
  model.set(name, n);
  return wasThere ? { n: 1, nModified: 1 } : { n: 1, nModified: 0, upserted: true };
}

function withoutIds({ upserted, writeErrors, ...answer }: Document): Document {
  return {
    ...answer,
    ...(upserted !== undefined && { upserted: true }),
    ...(writeErrors !== undefined && { writeErrors: (writeErrors as Document[])[0]?.['code'] as unknown }),
  };
}
