import { expect } from 'chai';
import { LEASE_MS, RENEW_DEADLINE_MS, RETRY_MS, givenUp, heldBy, isFree, sighted } from './candidacy.js';

const NOON = Date.parse('2026-01-02T12:00:00Z');
const held = heldBy(undefined, 'a', NOON);

describe('A lease', () => {
  it('is left alone by a leader that has lost it before others may take it', () => {
    expect(RENEW_DEADLINE_MS + RETRY_MS).to.be.below(LEASE_MS);
  });

  it('is free for nobody else until it has been seen unchanged for its whole length', () => {
    const sighting = sighted(undefined, held, 1_000);
    expect(isFree(sighting, 'b', 1_000 + LEASE_MS - 1)).to.equal(false);
    expect(isFree(sighting, 'b', 1_000 + LEASE_MS)).to.equal(true);
  });

  it('is free for the one who holds it', () => {
    expect(isFree(sighted(undefined, held, 0), 'a', 1)).to.equal(true);
  });

  it('counts from when it was first seen like this, whatever its own times say', () => {
    const first = sighted(undefined, held, 0);
    expect(sighted(first, { ...held }, 5_000)).to.equal(first);
    const renewed = heldBy(held, 'a', NOON - 3_600_000);
    expect(sighted(first, renewed, 5_000)).to.deep.equal({ spec: renewed, since: 5_000 });
  });

  it('heeds the length that its holder wrote', () => {
    const short = sighted(undefined, { ...held, leaseDurationSeconds: 1 }, 0);
    expect(isFree(short, 'b', 999)).to.equal(false);
    expect(isFree(short, 'b', 1_000)).to.equal(true);
  });

  it('is free at once when it was given up', () => {
    expect(isFree(sighted(undefined, givenUp(held, NOON), 0), 'b', 0)).to.equal(true);
    expect(isFree(sighted(undefined, {}, 0), 'b', 0)).to.equal(true);
  });

  it('keeps the time since when it is held, and counts its holders', () => {
    const renewed = heldBy(held, 'a', NOON + 2_000);
    expect(renewed).to.include({ acquireTime: held.acquireTime, leaseTransitions: 0 });
    expect(renewed.renewTime).to.equal('2026-01-02T12:00:02.000000Z');
    const taken = heldBy(renewed, 'b', NOON + 60_000);
    expect(taken).to.include({ holderIdentity: 'b', acquireTime: '2026-01-02T12:01:00.000000Z', leaseTransitions: 1 });
  });
});
