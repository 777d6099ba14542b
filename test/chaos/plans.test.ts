import { expect } from 'chai';
import { planNamed, plansFor, sample, seesOlder } from './plans.js';

const idsFor = (met: [string, number][]) => plansFor(new Map(met)).map(({ id }) => id);

describe('The plans for a workload', () => {
  it('are every fault that fits, at every request of each kind', () => {
    const ids = idsFor([['create jobs', 2]]);
    expect(ids).to.include.members(['create/jobs/1/cut-after', 'create/jobs/2/cut-after', 'create/jobs/2/kill-after']);
    expect(ids).not.to.include('create/jobs/2/kill-before');
  });

  it('have some faults at the first of a kind only', () => {
    const ids = idsFor([['create jobs', 2]]);
    expect(ids).to.include('create/jobs/1/outage').and.not.to.include('create/jobs/2/outage');
  });

  it('let nothing be done after a read, and no creation conflict', () => {
    const ids = [...idsFor([['get secrets', 1]]), ...idsFor([['create jobs', 1]])];
    expect(ids).to.include('get/secrets/1/cut-before');
    expect(ids).not.to.include.oneOf(['get/secrets/1/cut-after', 'get/secrets/1/kill-after', 'create/jobs/1/409']);
  });

  it('disturb watches at their events', () => {
    expect(idsFor([['event jobs', 1]])).to.deep.equal([
      ...['event/jobs/1/hold', 'event/jobs/1/cut-line', 'event/jobs/1/garble', 'event/jobs/1/expire'],
      ...['event/jobs/1/skip', 'event/jobs/1/repeat', 'restart-in-the-end'],
    ]);
  });

  it('disturb reads of a kind once: wherever a pass is cut short, the next write that is refused does the same', () => {
    const ids = idsFor([['get secrets', 3]]);
    expect(ids).to.deep.equal([
      ...['get/secrets/1/429', 'get/secrets/1/500', 'get/secrets/1/cut-before', 'restart-in-the-end'],
    ]);
  });

  it('know which of them show an older view', () => {
    for (const fault of ['stale', 'stale-beginning'])
      expect(seesOlder(planNamed(`create/jobs/1/${fault}`))).to.equal(true);
    expect(seesOlder(planNamed('create/jobs/1/kill-after'))).to.equal(false);
  });

  it('leave the manager’s own Lease alone', () => {
    expect(idsFor([['update leases', 5]])).to.deep.equal(['restart-in-the-end']);
  });

  it('are found again by their names', () => {
    for (const plan of plansFor(
      new Map([
        ['patch agentactions/status', 2],
        ['event pods', 1],
      ]),
    ))
      expect(planNamed(plan.id)).to.deep.equal(plan);
    for (const wrong of [
      '',
      'create/jobs/1',
      'create/jobs/1/nosuch',
      'get/jobs/1/cut-after',
      'create/jobs/0/delay',
      'create/jobs/x/delay',
    ])
      expect(() => planNamed(wrong), wrong).to.throw('there is no plan');
  });
});

describe('A sample', () => {
  const items = Array.from({ length: 100 }, (_, index) => index);

  it('is the same for the same seed and another for another', () => {
    expect(sample(items, 20, 7, String)).to.deep.equal(sample(items, 20, 7, String));
    expect(sample(items, 20, 7, String)).not.to.deep.equal(sample(items, 20, 8, String));
    expect(new Set(sample(items, 20, 7, String))).to.have.lengthOf(20);
  });

  it('is the same when other items come before or are not there', () => {
    const chosen = sample(items, 20, 7, String);
    expect(sample(items.toReversed(), 20, 7, String)).to.deep.equal(chosen);
    const fewer = items.filter((item) => item % 2 === 0 || chosen.includes(item));
    expect(sample(fewer, 20, 7, String)).to.deep.equal(chosen);
  });
});
