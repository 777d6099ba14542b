import { expect } from 'chai';
import { failed, succeeded, unknown } from '../../../test/support/installation-snapshot.js';
import { RETRY_ADVICE, withAdvice } from './advice.js';
import type { EndedRun } from './run-view.js';

function messageOf(run: unknown): unknown {
  return (withAdvice(run as EndedRun, RETRY_ADVICE) as { message?: string }).message;
}

describe('The advice after a run', () => {
  it('follows what went wrong', () => {
    expect(messageOf(failed)).to.equal(`told to fail. ${RETRY_ADVICE}`);
    expect(messageOf(unknown)).to.equal(`nobody knows. ${RETRY_ADVICE}`);
  });

  it('says so when time may mend it', () => {
    expect(messageOf({ ...failed, retryable: true })).to.equal(`told to fail. Time may mend it. ${RETRY_ADVICE}`);
  });

  it('is not given twice', () => {
    expect(messageOf({ ...failed, message: RETRY_ADVICE })).to.equal(RETRY_ADVICE);
  });

  it('is not given after a success', () => {
    expect(withAdvice(succeeded as EndedRun, RETRY_ADVICE)).to.equal(succeeded);
  });
});
