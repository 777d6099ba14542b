import { expect } from 'chai';
import { FakeClock } from '../../test/support/fake-clock.js';
import { DelayedKeys } from './delayed-keys.js';

describe('DelayedKeys', () => {
  let clock: FakeClock;
  let due: string[];
  let keys: DelayedKeys;

  beforeEach(() => {
    clock = new FakeClock();
    due = [];
    keys = new DelayedKeys(clock, (key) => due.push(key));
  });

  it('gives each key at the earliest time that was asked for, once', async () => {
    keys.add('a', 300);
    keys.add('b', 200);
    keys.add('a', 100);
    keys.add('b', 900);
    await clock.advance(100);
    expect(due).to.deep.equal(['a']);
    await clock.advance(1_000);
    expect(due).to.deep.equal(['a', 'b']);
  });

  it('does not give what was taken back', async () => {
    keys.add('a', 100);
    keys.cancel('a');
    await clock.advance(1_000);
    expect(due).to.deep.equal([]);
  });

  it('bears times that are no whole milliseconds', async () => {
    keys.add('a', 100.0001);
    await clock.advance(101);
    expect(due).to.deep.equal(['a']);
    expect(clock.pending).to.equal(0);
  });

  it('keeps no trace of a key that is added and taken back again and again', async () => {
    for (const name of ['a', 'b']) keys.add(name, 5_000);
    for (let i = 0; i < 10_000; i++) {
      keys.add('busy', 3_600_000 - i);
      keys.cancel('busy');
    }
    expect((keys as unknown as { heap: unknown[] }).heap.length).to.be.below(20);
    await clock.advance(5_000);
    expect(due).to.deep.equal(['a', 'b']);
  });
});
