import { expect } from 'chai';
import { parametersProblem } from './installation.rules.js';

/** A value within so many lists. */
const nested = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => [inner], 'value');

describe('Parameters of an Installation', () => {
  it('may be absent, empty or of any type', () => {
    expect(parametersProblem(undefined)).to.equal(undefined);
    expect(parametersProblem({})).to.equal(undefined);
    expect(parametersProblem({ a: 1.5, b: null, c: { d: [true, 'x'] }, constructor: 'y' })).to.equal(undefined);
  });

  it('keep the digits of every number up to 2^53', () => {
    expect(parametersProblem({ large: Number.MAX_SAFE_INTEGER, small: -Number.MAX_SAFE_INTEGER })).to.equal(undefined);
  });

  for (const digits of ['9007199254740993', '-9007199254740993', '18446744073709551615']) {
    it(`are refused if ${digits} would be rounded, with the field and the way out`, () => {
      const parameters = JSON.parse(`{"id":{"deep":[${digits}]}}`) as Record<string, unknown>;
      expect(parametersProblem(parameters)).to.match(/^spec\.parameters\.id .*write it in quotes$/);
    });
  }

  it('may be nested, but not without end', () => {
    expect(parametersProblem({ tree: nested(60) })).to.equal(undefined);
    expect(parametersProblem({ tree: nested(5_000) })).to.match(/^spec\.parameters\.tree is nested deeper than 64/);
  });

  it('are refused if they would not fit beside the rest', () => {
    expect(parametersProblem({ text: 'x'.repeat(256 * 1024) })).to.match(/^spec\.parameters is \d+ bytes/);
  });

  it('are named without characters that change how text is shown', () => {
    const problem = parametersProblem({ ['a\u202e\n'.repeat(100)]: nested(100) });
    expect(problem).to.match(/^spec\.parameters\.[\x20-\x7e]{1,64} is nested/);
  });
});
