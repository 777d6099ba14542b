import { expect } from 'chai';
import { done, progress } from './outcome.js';
import { ProgressGuard } from './progress-guard.js';

const snapshot = (more: object = {}, status: object = {}) => {
  return {
    now: Math.random(),
    object: { metadata: { name: 'a', resourceVersion: `${Math.random()}` }, status },
    ...more,
  };
};

describe('ProgressGuard', () => {
  let guard: ProgressGuard;
  beforeEach(() => (guard = new ProgressGuard()));

  function pass(times: number, make: (i: number) => object): void {
    for (let i = 0; i < times; i++) guard.note('k', 'Create', make(i), progress());
  }

  it('lets an action try three times on the same world', () => {
    pass(2, () => snapshot());
    expect(guard.isStuck('k', 'Create', snapshot())).to.equal(false);
    pass(1, () => snapshot());
    expect(guard.isStuck('k', 'Create', snapshot())).to.equal(true);
  });

  it('does not mind another action, another key or a changed world', () => {
    pass(3, () => snapshot());
    expect(guard.isStuck('k', 'Delete', snapshot())).to.equal(false);
    expect(guard.isStuck('other', 'Create', snapshot())).to.equal(false);
    expect(guard.isStuck('k', 'Create', snapshot({ jobs: 1 }))).to.equal(false);
  });

  it('sees progress that is only in the status, or in a map', () => {
    pass(5, (i) => snapshot({}, { attempt: i }));
    expect(guard.isStuck('k', 'Create', snapshot({}, { attempt: 4 }))).to.equal(false);
    pass(5, (i) => snapshot({ found: new Map([['a', i]]) }));
    expect(guard.isStuck('k', 'Create', snapshot({ found: new Map([['a', 4]]) }))).to.equal(false);
  });

  it('does not take its own conditions for progress, but the kind’s', () => {
    pass(3, (i) => snapshot({}, { conditions: [{ type: 'Ready', reason: `r${i}` }] }));
    expect(guard.isStuck('k', 'Create', snapshot())).to.equal(true);
    pass(3, (i) => snapshot({}, { conditions: [{ type: 'Scheduled', reason: `r${i}` }] }));
    expect(guard.isStuck('k', 'Create', snapshot({}, { conditions: [{ type: 'Scheduled', reason: 'r2' }] }))).to.equal(
      false,
    );
  });

  it('starts over after any other outcome', () => {
    pass(3, () => snapshot());
    guard.note('k', 'Create', snapshot(), done());
    expect(guard.isStuck('k', 'Create', snapshot())).to.equal(false);
  });
});
