import { expect } from 'chai';
import fc from 'fast-check';
import { safePattern } from './safe-pattern.js';

describe('A pattern for the API server', () => {
  const kept: readonly RegExp[] = [/^[a-z]+$/, /^(?:a|b){1,999}$/, /\\1/, /^[^/]+$/];
  for (const pattern of kept) {
    it(`may be ${String(pattern)}`, () => {
      expect(safePattern(pattern)).to.equal(pattern.source.replaceAll('\\/', '/'));
    });
  }

  const refused: readonly (readonly [RegExp, string])[] = [
    [/a(?=b)/, 'look-around'],
    [/a(?!b)/, 'look-around'],
    [/(?<=a)b/, 'look-around'],
    [/(?<name>a)/, 'named group'],
    [/(a)\1/, 'back-reference'],
    [/\u0041/, 'escape'],
    [/\cA/, 'escape'],
    [/[^]/, 'empty character class'],
    [/a{1000}/, 'repetition'],
    [/a{1,1000}/, 'repetition'],
    [/a/i, 'flags'],
  ];
  for (const [pattern, why] of refused) {
    it(`may not be ${String(pattern)}`, () => {
      expect(() => safePattern(pattern)).to.throw(why);
    });
  }

  it('matches the same texts after slashes are written plainly', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const pattern = /^[^\/]+(\/[^\/]+)*$/;
        expect(new RegExp(safePattern(pattern)).test(text)).to.equal(pattern.test(text));
      }),
    );
  });
});
