import { expect } from 'chai';
import fc from 'fast-check';
import { LOGS_OUTPUT } from '../../../integrations/porter/state/index.js';
import { prunableRuns, type KnownRun } from './run-retention.js';

const NOW = Date.UTC(2030, 0, 2);
const HOUR = 3_600_000;
const before = (hours: number): string => new Date(NOW - hours * HOUR).toISOString();
const OLD = before(200);

function run(number: number, more: Partial<KnownRun> = {}): KnownRun {
  const id = `01${String(number).padStart(4, '0')}`;
  return { id, created: OLD, results: ['running', 'failed'], outputs: [], ...more };
}
const output = (name: string, number: number) => ({ name, resultId: `02${String(number).padStart(4, '0')}` });
const prunable = (runs: readonly KnownRun[], keepRuns = 2, named?: string) =>
  prunableRuns(runs, { keepRuns, named, now: NOW });

describe('prunableRuns', () => {
  it('are those before the newest', () => {
    expect(prunable([run(1), run(2), run(3), run(4)])).to.deep.equal(['010002', '010001']);
  });

  it('are not the last success, but the successes before it', () => {
    const succeeded = { results: ['running', 'succeeded'] as const };
    expect(prunable([run(1, succeeded), run(2, succeeded), run(3), run(4)])).to.deep.equal(['010001']);
  });

  it('are not those with the latest value of an output', () => {
    const runs = [
      run(1, { outputs: [output('a', 1), output('b', 1)] }),
      run(2, { outputs: [output('a', 2), output(LOGS_OUTPUT, 2)] }),
      run(3, { outputs: [output(LOGS_OUTPUT, 3)] }),
      run(4),
      run(5),
    ];
    expect(prunable(runs)).to.deep.equal(['010003']);
  });

  it('are not the one that the installation names', () => {
    expect(prunable([run(1), run(2), run(3), run(4)], 2, '010001')).to.deep.equal(['010002']);
  });

  it('are none of the last day, and none of the last week that have no end', () => {
    const runs = [
      run(1, { created: before(23) }),
      run(2, { created: before(25) }),
      run(3, { created: before(167), results: ['running'] }),
      run(4, { created: before(167), results: ['unknown'] }),
      run(5, { created: before(169), results: ['running'] }),
      run(6, { created: 'no time' }),
      run(7),
      run(8),
    ];
    expect(prunable(runs)).to.deep.equal(['010005', '010002']);
  });

  it('leave what somebody may ask for, in whatever order they come, and are none the second time', () => {
    const anyRun = fc.record({
      results: fc.subarray(['running', 'succeeded', 'failed', 'canceled', 'unknown'] as const),
      outputs: fc.subarray(['a', 'b', LOGS_OUTPUT]),
    });
    fc.assert(
      fc.property(fc.array(anyRun, { maxLength: 20 }), fc.nat(5), fc.nat(20), (given, keep, shift) => {
        const runs = given.map(({ results, outputs }, index) =>
          run(index, { results, outputs: outputs.map((name) => output(name, index)) }),
        );
        const shuffled = [...runs.slice(shift), ...runs.slice(0, shift)];
        const gone = prunable(shuffled, keep + 1);
        expect(gone).to.deep.equal(prunable(runs, keep + 1));
        const left = runs.filter(({ id }) => !gone.includes(id));
        expect(prunable(left, keep + 1)).to.deep.equal([]);
        expect(left.at(-1)).to.equal(runs.at(-1));
        const lastSuccess = (all: readonly KnownRun[]) => all.findLast(({ results }) => results.includes('succeeded'));
        expect(lastSuccess(left)).to.equal(lastSuccess(runs));
        for (const name of ['a', 'b']) {
          const latest = (all: readonly KnownRun[]) =>
            all.findLast(({ outputs }) => outputs.some((one) => one.name === name));
          expect(latest(left)).to.equal(latest(runs));
        }
      }),
    );
  });
});
