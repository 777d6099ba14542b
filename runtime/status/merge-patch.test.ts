import { expect } from 'chai';
import fc from 'fast-check';
import { applyMergePatch } from '../../test/support/fake-store.js';
import { mergePatch } from './merge-patch.js';

const name = fc.constantFrom('a', 'b', 'c', '__proto__');
const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }));
const { fields } = fc.letrec((tie) => ({
  fields: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, leaf, tie('fields')), { maxKeys: 3 }),
}));

describe('mergePatch', () => {
  it('turns any object into any other when it is applied', () => {
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        const patch = mergePatch(before, after);
        const result = patch === undefined ? before : applyMergePatch(before, patch);
        expect(JSON.parse(JSON.stringify(result))).to.deep.equal(JSON.parse(JSON.stringify(after)));
      }),
    );
  });

  it('is nothing for what is equal, also when it says undefined', () => {
    expect(mergePatch({ a: { b: [1] } }, { a: { b: [1] }, c: undefined })).to.equal(undefined);
  });

  it('removes with null what is no longer there', () => {
    expect(mergePatch({ a: 1, b: { c: 2, d: 3 } }, { b: { c: 2 } })).to.deep.equal({ a: null, b: { d: null } });
  });

  it('replaces lists as a whole', () => {
    expect(mergePatch({ a: [1, 2], b: 1 }, { a: [1], b: 1 })).to.deep.equal({ a: [1] });
  });
});
