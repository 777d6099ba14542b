import { expect } from 'chai';
import fc from 'fast-check';
import { childName, labelValue } from './child-name.js';

const identity = { kind: 'Installation', uid: 'u-1', generation: 1, attempt: 1, step: 'apply' };

describe('childName', () => {
  it('gives the same name for the same identity', () => {
    expect(childName('shop', identity)).to.equal(childName('shop', { ...identity }));
  });

  it('differs when any part of the identity differs', () => {
    const variants = [
      identity,
      { ...identity, kind: 'CredentialSet' },
      { ...identity, uid: 'u-2' },
      { ...identity, generation: 2 },
      { ...identity, attempt: 2 },
      { ...identity, step: 'delete' },
    ].map((variant) => childName('shop', variant));
    expect(new Set(variants).size).to.equal(variants.length);
  });

  it('keeps parts apart that would read the same when joined', () => {
    const one = childName('shop', { ...identity, generation: 1, attempt: 11 });
    expect(one).not.to.equal(childName('shop', { ...identity, generation: 11, attempt: 1 }));
  });

  it('is a DNS label for every valid base', () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?$/);
    fc.assert(
      fc.property(label, (base) => {
        const name = childName(base, identity);
        expect(name.length).to.be.at.most(63);
        expect(name).to.match(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      }),
    );
  });
});

describe('labelValue', () => {
  it('leaves a short name alone', () => {
    expect(labelValue('shop')).to.equal('shop');
  });

  it('shortens a long name and keeps two of them apart', () => {
    const [one, two] = [`${'a'.repeat(70)}1`, `${'a'.repeat(70)}2`].map(labelValue);
    expect(one).to.have.length.at.most(63);
    expect(one).not.to.equal(two);
  });
});
