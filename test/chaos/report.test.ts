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
    const { passed, failures } = outcomeOf([judged('a'), judged('b', { violations: [VIOLATION] })], []);
    expect(passed).to.equal(1);
    expect(failures).to.deep.equal([
      'install b: no loop: 99 writes\n  alone: npm run chaos -- --workload install --plan b',
    ]);
  });

  it('says nothing of what is known, until it is no longer so', () => {
    const plan = 'create/jobs/1/delay';
    expect(outcomeOf([judged(plan, { violations: [VIOLATION] })], KNOWN).failures).to.deep.equal([]);
    expect(outcomeOf([judged(plan)], KNOWN).failures[0]).to.include('no longer does');
    expect(outcomeOf([judged(plan, { wasReached: false })], KNOWN).failures).to.deep.equal([]);
  });

  it('names the plans whose fault never came', () => {
    expect(outcomeOf([judged('a', { wasReached: false })], []).unreached).to.deep.equal(['install a']);
  });
});
