import { expect } from 'chai';
import { aSnapshot, pending, succeeded } from '../../../test/support/installation-snapshot.js';
import type { RunState } from '../../agent-run/run.js';
import { lostRunOf } from './last-run.js';

const ABSENT: RunState = { phase: 'Absent' };
const AT = '2026-11-21T09:59:00Z';
const NAME = 'shop-1';
const asked = { action: { name: NAME }, attempt: 1, requested: { action: NAME, at: AT, lastRunId: '01Q' } };

describe('A run whose AgentAction has vanished', () => {
  it('is known with what was on record when it was asked for', () => {
    expect(lostRunOf(aSnapshot().withStatus(asked).build(), ABSENT, NAME)).to.deep.equal({
      startedAt: AT,
      lastRunId: '01Q',
    });
  });

  it('is known without a last run where no store could tell, or where that was not written down', () => {
    const { lastRunId: _, ...requested } = asked.requested;
    const without = aSnapshot().withStatus({ ...asked, requested });
    expect(lostRunOf(without.build(), ABSENT, NAME)).to.deep.equal({ startedAt: AT });
    const other = aSnapshot().withStatus({ ...asked, requested: { ...asked.requested, action: 'older' } });
    expect(lostRunOf(other.build(), ABSENT, NAME)).to.deep.equal({ startedAt: '2026-11-21T09:00:00Z' });
  });

  it('is none while the AgentAction is there', () => {
    for (const run of [pending, succeeded]) {
      expect(lostRunOf(aSnapshot().withStatus(asked).build(), run, NAME)).to.equal(undefined);
    }
  });

  it('is none when it was never asked for, or its end is in status', () => {
    expect(lostRunOf(aSnapshot().build(), ABSENT, NAME)).to.equal(undefined);
    expect(lostRunOf(aSnapshot().withStatus(asked).build(), ABSENT, 'shop-2')).to.equal(undefined);
    const ended = aSnapshot().withStatus(asked).completed(1, 'Unknown').build();
    expect(lostRunOf(ended, ABSENT, 'shop-0')).to.equal(undefined);
  });
});
