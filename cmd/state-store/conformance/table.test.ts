import { expect } from 'chai';
import type { Document } from 'bson';
import { EJSON, type Long } from 'bson';
import { MemoryRecordStore } from '../../../test/support/memory-record-store.js';
import { Database } from '../persistence/database.js';
import { Commands } from '../query/commands.js';
import { HEEDED } from '../query/command-options.js';
import { LANGUAGE } from '../query/query-language.js';
import { Authentication } from '../wire/authentication.js';
import { decodeFaithful, encode } from '../wire/bson-codec.js';
import type { CommandError } from '../wire/command-error.js';
import { REFUSALS, ROWS, THINGS, type Row } from './table.js';

/** Logins have tests of their own (`wire/`). */
const LOGINS = ['saslStart', 'saslContinue'];
/** Makes a pattern backtrack for ever. */
const LONG = { _id: 'long', long: `${'a'.repeat(60)}!` };

describe('What the reference page says of', () => {
  let commands: Commands;

  beforeEach(async () => {
    const database = new Database(new MemoryRecordStore(), Date.now);
    await database.fill();
    commands = new Commands({ database, authentication: new Authentication('key'), now: Date.now });
  });

  function answerTo(command: object): Promise<Document> {
    const body = decodeFaithful(encode(command));
    const request = { id: 1, name: Object.keys(body)[0]!, database: 'porter', body, expectsReply: true, legacy: false };
    const principal = { user: 'team-a', manager: false };
    return commands.handle(request, { connectionId: 1, closing: false, principal });
  }

  async function run(command: object): Promise<Document> {
    return EJSON.parse(EJSON.stringify(await answerTo(command), { relaxed: true })) as Document;
  }

  /** The rest of an answer, for commands that ask for it. */
  async function cursor(): Promise<Long> {
    const answer = await answerTo({ find: 'things', sort: { _id: 1 }, projection: { _id: 1 }, batchSize: 1 });
    return (answer['cursor'] as { id: Long }).id;
  }

  async function ask(row: Row): Promise<unknown> {
    if (row.kind === 'query') {
      const found = await run({ find: 'things', filter: row.asks, sort: { _id: 1 } });
      return (found['cursor'] as { firstBatch: { name: string }[] }).firstBatch.map(({ name }) => name);
    }
    if (row.kind !== 'command') {
      const made = await run({ aggregate: 'things', pipeline: row.asks, cursor: {} });
      return (made['cursor'] as { firstBatch: unknown[] }).firstBatch;
    }
    const id = JSON.stringify(row.asks).includes('CURSOR') ? await cursor() : undefined;
    const real = (value: unknown): unknown =>
      value === 'CURSOR' ? id : Array.isArray(value) ? value.map(real) : value;
    return run(Object.fromEntries(Object.entries(row.asks).map(([field, value]) => [field, real(value)])));
  }

  for (const row of ROWS) {
    it(`${row.kind} ${row.name} is so`, async () => {
      await run({ insert: 'things', documents: THINGS });
      const answer = await ask(row);
      if (row.kind === 'command') expectWithin(answer, row.gets);
      else expect(answer).to.deep.equal(row.gets);
    });
  }

  for (const { what, asks, code } of REFUSALS) {
    it(`${what}: it is refused with ${code}`, async function () {
      this.timeout(15_000);
      await run({ insert: 'things', documents: [...THINGS, LONG] });
      const answer = await run(asks).catch((error: unknown) => error as CommandError);
      const refusal =
        answer instanceof Error ? answer : ((answer['writeErrors'] as CommandError[] | undefined) ?? [])[0];
      expect(refusal?.code).to.equal(code);
    });
  }

  it('each command and operator is all that there is', () => {
    const named = (kind: Row['kind']) => ROWS.filter((row) => row.kind === kind).map(({ name }) => name);
    expect(named('command')).to.have.members(commands.names.filter((name) => !LOGINS.includes(name)));
    for (const kind of ['query', 'pipeline', 'accumulator', 'expression'] as const) {
      // The library's modules bring names of their own with them.
      const spoken = Object.keys(LANGUAGE[kind]).filter((name) => name.startsWith('$'));
      expect(named(kind)).to.have.members(spoken);
    }
    expect(named('command')).to.include.members(Object.keys(HEEDED));
  });
});

/** What is said of an answer must be in it; a list has that many members. */
function expectWithin(answer: unknown, said: unknown): void {
  if (typeof said !== 'object' || said === null) {
    if (said !== 'CURSOR') expect(answer).to.equal(said);
    return;
  }
  if (Array.isArray(said)) expect(answer).to.have.lengthOf(said.length);
  for (const [field, value] of Object.entries(said)) expectWithin((answer as Document)[field], value);
}
