import { expect } from 'chai';
import fc from 'fast-check';
import { isAtLeast } from './resource-version.js';

describe('isAtLeast', () => {
  it('compares versions as the numbers they are, however large', () => {
    const version = fc.bigInt({ min: 1n, max: 2n ** 70n });
    fc.assert(fc.property(version, version, (a, b) => isAtLeast(`${a}`, `${b}`) === a >= b));
  });

  it('knows of other texts only that they are equal', () => {
    expect([isAtLeast('x', 'x'), isAtLeast('y', 'x'), isAtLeast('1', 'x'), isAtLeast('', '1')]).to.deep.equal([
      true,
      false,
      false,
      false,
    ]);
  });
});
