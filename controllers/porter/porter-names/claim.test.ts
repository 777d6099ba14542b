import { expect } from 'chai';
import type { Reader } from '../../../runtime/cache/index.js';
import { keeperOf, type Claimant } from './claim.js';

const EARLY = '2026-01-01T00:00:00Z';
const LATE = '2026-01-01T00:00:01Z';
const RUN = { action: { name: 'x' } };

function claimant(uid: string, creationTimestamp: string, status?: Claimant['status']): Claimant {
  return { metadata: { name: uid, uid, creationTimestamp, resourceVersion: '1' }, status };
}

function keeper(claimants: Claimant[], withActions: string[] = []): string | undefined {
  const byIndex = (_resource: unknown, _index: string, value: string) =>
    withActions.some((uid) => value.endsWith(`/${uid}`)) ? [{}] : [];
  return keeperOf(claimants, { byIndex } as unknown as Reader)?.metadata.uid;
}

describe('Of those that claim the same thing in Porter', () => {
  it('the oldest keeps it', () => {
    expect(keeper([claimant('a', LATE), claimant('b', EARLY)])).to.equal('b');
    expect(keeper([claimant('a', LATE, RUN), claimant('b', EARLY, RUN)])).to.equal('b');
  });

  it('the one that has run keeps it, whoever is older', () => {
    expect(keeper([claimant('a', EARLY), claimant('b', EARLY, { attempt: 1 })])).to.equal('b');
    expect(keeper([claimant('a', EARLY), claimant('b', LATE, RUN)])).to.equal('b');
    const completed = { generation: 1, attempt: 1, result: 'Succeeded' as const };
    expect(keeper([claimant('a', EARLY), claimant('b', LATE, { completed })])).to.equal('b');
  });

  it('the one that has an AgentAction keeps it, although its status does not tell yet', () => {
    expect(keeper([claimant('a', EARLY), claimant('b', EARLY)], ['b'])).to.equal('b');
  });

  it('of the same second and nobody has run the uid decides', () => {
    expect(keeper([claimant('b', EARLY), claimant('a', EARLY)])).to.equal('a');
  });

  it('nobody keeps what nobody claims', () => {
    expect(keeper([])).to.equal(undefined);
  });
});
