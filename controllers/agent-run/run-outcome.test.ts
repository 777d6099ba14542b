import { expect } from 'chai';
import { done, progress, stalled, wait } from '../../runtime/reconciler/index.js';
import { failed, noOp, pending, stuck, succeeded, unknown } from '../../test/support/installation-snapshot.js';
import { outcomeOfRun } from './run-outcome.js';
import type { RunState } from './run.js';

describe('The outcome of a run', () => {
  it('that failed is stalled, also when time may mend it', () => {
    const retryable = { ...failed, retryable: true } as RunState;
    expect(outcomeOfRun(failed)).to.deep.equal(stalled('BundleFailed', 'told to fail'));
    expect(outcomeOfRun(retryable)).to.deep.equal(stalled('BundleFailed', 'told to fail'));
  });

  it('whose end is unknown is stalled', () => {
    expect(outcomeOfRun(unknown)).to.deep.equal(stalled('RunResultMissing', 'nobody knows'));
  });

  it('that did what was asked is done', () => {
    expect([succeeded, noOp].map(outcomeOfRun)).to.deep.equal([done(), done()]);
  });

  it('that is on its way is waited for, in its own words where it has some', () => {
    expect(outcomeOfRun(pending)).to.deep.equal(wait('AgentPending', 'AgentAction shop-1 is pending.'));
    expect(outcomeOfRun(stuck)).to.deep.equal(wait('ImagePullFailed', 'no image'));
    expect(outcomeOfRun({ ...stuck, stalled: true } as RunState)).to.deep.equal(stalled('ImagePullFailed', 'no image'));
  });

  it('whose name is taken is stalled, and looked at again, since nobody is woken when it is free', () => {
    const conflict: RunState = { phase: 'Conflict', action: 'shop-1', message: 'delete it' };
    expect(outcomeOfRun(conflict)).to.deep.equal(stalled('NameTaken', 'delete it', { afterMs: 15_000 }));
  });

  it('that was never asked for is about to be', () => {
    expect(outcomeOfRun({ phase: 'Absent' })).to.deep.equal(progress());
  });
});
