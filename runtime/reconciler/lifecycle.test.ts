import { expect } from 'chai';
import { decideLifecycle } from './lifecycle.js';

const object = (deleting: boolean, finalizers?: string[]) => {
  return { metadata: { name: 'a', deletionTimestamp: deleting ? '2026-01-01T00:00:00Z' : undefined, finalizers } };
};

describe('decideLifecycle', () => {
  for (const [given, deleting, finalizers, expected] of [
    ['a new object', false, undefined, 'Adopt'],
    ['an object with the finalizers of others', false, ['other'], 'Adopt'],
    ['an object of ours', false, ['other', 'mine'], 'Proceed'],
    ['a deleted object of ours', true, ['mine'], 'Proceed'],
    ['a deleted object that owes us nothing', true, ['other'], 'Ignore'],
  ] as const) {
    it(`says ${expected} for ${given}`, () => {
      expect(decideLifecycle(object(deleting, finalizers && [...finalizers]), 'mine')).to.equal(expected);
    });
  }

  it('adds nothing for kinds that leave nothing behind', () => {
    expect(decideLifecycle(object(false), undefined)).to.equal('Proceed');
    expect(decideLifecycle(object(true, ['other']), undefined)).to.equal('Ignore');
  });
});
