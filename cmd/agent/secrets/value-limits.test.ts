import { expect } from 'chai';
import fc from 'fast-check';
import { VALUES_LIMIT, droppedKeys } from './value-limits.js';

const INSTALLATION = '01M7YE340K2NZMTYRRH1Y88SCS';
const run = (number: number) => `01M7YE342YK82Z6R3MF8M7R5Q${number}`;
const HALF = VALUES_LIMIT / 2;

const dropped = (sizes: Record<string, number>) => droppedKeys(new Map(Object.entries(sizes)));

describe('droppedKeys', () => {
  it('are none while everything fits', () => {
    expect(dropped({ [`${run(1)}-a`]: HALF, [`${run(2)}-a`]: HALF })).to.deep.equal({ outdated: [], tooMuch: [] });
  });

  it('are the values of the oldest runs when it does not, but not the last of a name', () => {
    const sizes = {
      [`${INSTALLATION}-password`]: 10,
      [`${run(1)}-token`]: HALF / 2,
      [`${run(1)}-old-output`]: HALF / 2,
      [`${run(2)}-token`]: HALF / 2,
      [`${run(3)}-token`]: HALF / 2,
      [`${run(4)}-token`]: HALF / 2,
      [`${run(4)}-password`]: 10,
    };
    expect(dropped(sizes).tooMuch).to.deep.equal([`${run(2)}-token`, `${run(3)}-token`]);
  });

  it('are the installation’s own values after those of all runs but the last', () => {
    const sizes = {
      [`${INSTALLATION}-password`]: 10,
      [`${run(1)}-token`]: HALF,
      [`${run(2)}-token`]: HALF,
      [`${run(2)}-password`]: 10,
    };
    expect(dropped(sizes).tooMuch).to.deep.equal([`${run(1)}-token`]);
    expect(dropped({ ...sizes, [`${run(2)}-token`]: VALUES_LIMIT - 5 }).tooMuch).to.deep.equal([
      ...[`${run(1)}-token`, `${INSTALLATION}-password`, `${run(2)}-password`],
    ]);
  });

  it('are the last of names only when nothing else is left, again the oldest first', () => {
    const sizes = { [`${run(1)}-a`]: HALF, [`${run(2)}-b`]: HALF, [`${run(3)}-c`]: 1 };
    expect(dropped(sizes).tooMuch).to.deep.equal([`${run(1)}-a`]);
  });

  it('are first of all what cannot be kept whatever else goes', () => {
    const sizes = { [`${run(1)}-a`]: 10, [`${run(2)}-a`]: 10, [`${run(3)}-huge`]: VALUES_LIMIT + 1 };
    expect(dropped(sizes).tooMuch).to.deep.equal([`${run(3)}-huge`]);
  });

  it('count what somebody else put there, and leave it', () => {
    expect(dropped({ foreign: VALUES_LIMIT, [`${run(1)}-a`]: 1 }).tooMuch).to.deep.equal([`${run(1)}-a`]);
  });

  it('leave no more than fits, whatever there is', () => {
    const entries = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom('a', 'b', 'c'),
        fc.integer({ min: 0, max: VALUES_LIMIT }),
      ),
    );
    fc.assert(
      fc.property(entries, (drawn) => {
        const sizes = new Map(drawn.map(([number, name, size]) => [`${run(number)}-${name}`, size]));
        const { outdated, tooMuch } = droppedKeys(sizes);
        const gone = new Set([...outdated, ...tooMuch]);
        const total = [...sizes].reduce((sum, [key, size]) => sum + (gone.has(key) ? 0 : size), 0);
        expect(total).to.be.at.most(VALUES_LIMIT);
        expect(gone.size).to.equal(outdated.length + tooMuch.length);
      }),
    );
  });
});
