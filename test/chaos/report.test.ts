import { expect } from 'chai';
import type { Judged } from './battery.js';
import { outcomeOf } from './report.js';

const VIOLATION = { oracle: 'no loop', told: '99 writes' };
const KNOWN = [{ workload: 'install', plan: 'create/jobs/1/delay', because: 'of a test' }];

function judged(id: string, rest: Partial<Judged> = {}): Judged {
  const learned = { workload: { name: 'install' } } as Judged['learned'];
  return { learned, plan: { id, rules: [] }, violations: [], wasReached: true, ...rest };
}

describe('The report of a battery', () => {
  it('tells what was violated and how to run that plan alone', () => {
    const { passed, failures } = outcomeOf([judged('a'), judged('b', { violations: [VIOLATION] })]);
    expect(passed).to.equal(1);
    expect(failures).to.deep.equal([
      [
        'install b: no loop: 99 writes',
        '  known of it: chaos-failures/install--b.json',
        '  alone: npm run chaos:run -- --workload install --plan b',
      ].join('\n'),
    ]);
  });

  it('says nothing of what is known, until it is no longer so', () => {
    const plan = 'create/jobs/1/delay';
    expect(outcomeOf([judged('a'), judged(plan, { violations: [VIOLATION] })], [], KNOWN).failures).to.deep.equal([]);
    expect(outcomeOf([judged(plan)], [], KNOWN).failures[0]).to.include('no longer does');
    expect(outcomeOf([judged('a'), judged(plan, { wasReached: false })], [], KNOWN).failures).to.deep.equal([]);
  });

  it('names the plans whose fault never came, and does not count them as passed', () => {
    const { passed, failures, unreached } = outcomeOf([judged('a', { wasReached: false }), judged('b')]);
    expect({ passed, failures, unreached }).to.deep.equal({ passed: 1, failures: [], unreached: ['install a'] });
  });

  it('fails when the fault of a plan that was asked for by name came in no workload', () => {
    const never = judged('a', { wasReached: false });
    expect(outcomeOf([never, judged('b')], ['a', 'b']).failures).to.deep.equal(['a: its fault came in no workload']);
    expect(outcomeOf([never, judged('a')], ['a']).failures).to.deep.equal([]);
  });

  it('fails when no fault came at all', () => {
    expect(outcomeOf([judged('a', { wasReached: false })]).failures).to.deep.equal(['no fault of any plan came']);
    expect(outcomeOf([]).failures).to.have.lengthOf(1);
  });
});
