import { expect } from 'chai';
import { failed, succeeded, unknown } from '../../../test/support/installation-snapshot.js';
import type { RunState } from '../../agent-run/run.js';
import { isForgotten, retryDelayMs } from './retries.js';

const ENDED = Date.UTC(2026, 0, 1);

function aFailure(more: { retryable?: boolean; finishedAt?: string } = {}): RunState {
  const { retryable = true, finishedAt = new Date(ENDED).toISOString() } = more;
  const run = { action: 'aws-1', attempt: 1, finishedAt };
  return { ...failed, run, retryable } as RunState;
}

describe('The run of a set', () => {
  it('that failed is made again by itself when time may mend it, at ever longer intervals', () => {
    const delays = [1, 2, 3, 6, 7, 9].map((attempt) => retryDelayMs(aFailure(), { attempt }, ENDED));
    expect(delays).to.deep.equal([15_000, 30_000, 60_000, 480_000, 600_000, 600_000]);
  });

  it('is due when its time has come', () => {
    expect(retryDelayMs(aFailure(), { attempt: 1 }, ENDED + 14_000)).to.equal(1_000);
    expect(retryDelayMs(aFailure(), { attempt: 1 }, ENDED + 15_000)).to.equal(0);
    expect(retryDelayMs(aFailure(), { attempt: 1 }, ENDED + 60_000)).to.equal(0);
  });

  it('is not put off by a node whose clock is a day ahead', () => {
    expect(retryDelayMs(aFailure(), { attempt: 1 }, ENDED - 86_400_000)).to.equal(15_000);
  });

  it('that failed and whose AgentAction is gone is made again, since nobody can tell why it failed', () => {
    const gone: RunState = { phase: 'Absent' };
    expect(isForgotten(gone, 'Failed', { attempt: 1 })).to.equal(true);
    expect(isForgotten(gone, 'Failed', { attempt: 10 })).to.equal(false);
    expect(isForgotten(gone, 'Succeeded', { attempt: 1 })).to.equal(false);
    expect(isForgotten(aFailure(), 'Failed', { attempt: 1 })).to.equal(false);
  });

  it('is not made again for ever', () => {
    expect(retryDelayMs(aFailure(), { attempt: 10 }, ENDED)).to.equal(undefined);
  });

  it('that time cannot mend, or that did not fail, is never made again by itself', () => {
    for (const run of [aFailure({ retryable: false }), aFailure({ finishedAt: '' }), succeeded, unknown]) {
      expect(retryDelayMs(run, { attempt: 1 }, ENDED + 3_600_000)).to.equal(undefined);
    }
  });
});
