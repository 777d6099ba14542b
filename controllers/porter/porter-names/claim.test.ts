import { expect } from 'chai';
import { byClaim, type Claimant } from './claim.js';

const EARLY = '2026-01-01T00:00:00Z';
const LATE = '2026-01-01T00:00:01Z';

function claimant(uid: string, creationTimestamp: string, status?: Claimant['status']): Claimant {
  return { metadata: { name: uid, uid, creationTimestamp, resourceVersion: '1' }, status };
}

function first(...claimants: Claimant[]): string | undefined {
  return claimants.sort(byClaim)[0]?.metadata.uid;
}

describe('Of those that claim the same thing in Porter', () => {
  it('the oldest keeps it', () => {
    expect(first(claimant('a', LATE), claimant('b', EARLY))).to.equal('b');
  });

  it('the oldest keeps it although a newcomer has run', () => {
    expect(first(claimant('a', LATE, { action: { name: 'x' } }), claimant('b', EARLY))).to.equal('b');
  });

  it('of the same second the one that has run keeps it', () => {
    expect(first(claimant('a', EARLY), claimant('b', EARLY, { completed: {} }))).to.equal('b');
    expect(first(claimant('a', EARLY), claimant('b', EARLY, { action: { name: 'x' } }))).to.equal('b');
  });

  it('of the same second and nobody has run the uid decides', () => {
    expect(first(claimant('b', EARLY), claimant('a', EARLY))).to.equal('a');
  });
});
