import { expect } from 'chai';
import { livenessProblems } from './liveness.js';

const working = (overdue: number) => ({ name: 'widget', overdueMs: () => overdue });

describe('livenessProblems', () => {
  it('names none when everything moves', () => {
    expect(livenessProblems(undefined, [working(0), working(59_000)])).to.deep.equal([]);
  });

  it('names a stall of the event loop and passes that do not end when they are cut off', () => {
    expect(livenessProblems(7_250, [working(0), working(61_500)])).to.deep.equal([
      'the event loop was blocked for 7.3 s',
      'widget: a pass goes on 61.5 s after it was cut off',
    ]);
  });
});
