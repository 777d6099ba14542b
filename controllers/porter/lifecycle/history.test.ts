import { expect } from 'chai';
import { keptRuns } from './history.js';

describe('The history of runs', () => {
  it('is as long as the object says, else five', () => {
    expect([keptRuns({ historyLimit: 2 }), keptRuns({})]).to.deep.equal([2, 5]);
  });

  it('keeps the newest whatever the limit: its end may not be in status yet', () => {
    expect(keptRuns({ historyLimit: 0 })).to.equal(1);
  });
});
