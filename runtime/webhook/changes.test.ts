import { expect } from 'chai';
import fc from 'fast-check';
import { isSame, newFindings } from './changes.js';

const nested = (depth: number, bottom: unknown): unknown => {
  let value = bottom;
  for (let level = 0; level < depth; level += 1) value = { down: [value] };
  return value;
};

describe('isSame', () => {
  it('agrees with the JSON text of values with sorted keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const copy = JSON.parse(JSON.stringify(one)) as unknown;
        expect(isSame(JSON.parse(JSON.stringify(one)), copy)).to.equal(true);
        const differ = JSON.stringify(sorted(one)) !== JSON.stringify(sorted(other));
        expect(isSame(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)))).to.equal(!differ);
      }),
    );
  });

  it('does not mistake a list for a map, a missing field for null, or what is inherited for a field', () => {
    expect(isSame(['a'], { 0: 'a' })).to.equal(false);
    expect(isSame({ a: null }, { b: null })).to.equal(false);
    expect(isSame(JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":2}}'))).to.equal(false);
    expect(isSame(JSON.parse('{"toString":1}'), {})).to.equal(false);
  });

  it('compares what is nested deeper than the stack reaches', () => {
    expect(isSame(nested(20_000, 1), nested(20_000, 1))).to.equal(true);
    expect(isSame(nested(20_000, 1), nested(20_000, 2))).to.equal(false);
  });
});

describe('newFindings', () => {
  const one = { path: ['spec', 'size'], text: 'is too large' };
  const found = (object: object, before: object, foundBefore = [one]) =>
    newFindings([one], { object, before, foundBefore });

  it('keeps what was not found before, even where the field is the same', () => {
    expect(found({ spec: { size: 9 } }, { spec: { size: 9 } }, [])).to.deep.equal([one]);
  });

  it('keeps what was found before in a field that has changed since', () => {
    expect(found({ spec: { size: 9 } }, { spec: { size: 8 } })).to.deep.equal([one]);
  });

  it('leaves out what was found before in a field that is the same, whatever it says now', () => {
    expect(found({ spec: { size: 9, other: 1 } }, { spec: { size: 9 } })).to.deep.equal([]);
    expect(found({ spec: { size: 9 } }, { spec: { size: 9 } }, [{ ...one, text: 'was too large' }])).to.deep.equal([]);
  });
});

/** With the keys of all maps in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, field]) => [name, sorted(field)]).concat([['map']]);
}
