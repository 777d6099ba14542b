import { expect } from 'chai';
import { CommandError } from '../wire/command-error.js';
import { fresh, LastWrites, noted, type Mark } from './retry-marks.js';

const MINUTE = 60_000;
const part = (number: number, statement = 0, session = 'a') => ({ session, number, statement });
const DONE = { matched: 1, modified: 1 };

describe('The marks of a record', () => {
  it('keep the last write of each session, with all its parts', () => {
    let marks: Mark[] = noted([], part(1), DONE, 0);
    marks = noted(marks, part(2, 0), DONE, 1);
    marks = noted(marks, part(2, 1), { matched: 0, modified: 0 }, 2);
    marks = noted(marks, part(7, 0, 'b'), DONE, 3);
    expect(marks.map(({ session, number, outcomes }) => [session, number, outcomes.length])).to.deep.equal([
      ['a', 2, 2],
      ['b', 7, 1],
    ]);
  });

  it('are forgotten after half an hour', () => {
    const marks = noted([], part(1), DONE, 0);
    expect(fresh(marks, 30 * MINUTE - 1)).to.have.length(1);
    expect(fresh(marks, 30 * MINUTE)).to.have.length(0);
    expect(noted(marks, part(1, 0, 'b'), DONE, 30 * MINUTE)).to.have.length(1);
  });

  it('are of the latest sessions when there are many', () => {
    let marks: Mark[] = [];
    for (let session = 0; session < 40; session++) marks = noted(marks, part(1, 0, `s${session}`), DONE, session);
    expect(marks.map(({ session }) => session)).to.deep.equal(Array.from({ length: 16 }, (_, n) => `s${24 + n}`));
  });
});

describe('LastWrites', () => {
  it('tells what a part of the last write did, whichever record it went to', () => {
    const writes = new LastWrites();
    writes.admit(noted([], part(3, 0), { matched: 1, modified: 0, id: 'x' }, 0), 0);
    writes.admit(noted([], part(3, 1), DONE, 0), 0);
    expect(writes.find(part(3, 0))).to.deep.equal({ matched: 1, modified: 0, id: 'x' });
    expect(writes.find(part(3, 1))).to.deep.equal(DONE);
    expect([part(3, 2), part(4), part(3, 0, 'b')].map((unknown) => writes.find(unknown))).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('refuses a write that its session has left behind', () => {
    const writes = new LastWrites();
    writes.admit(noted([], part(3), DONE, 0), 0);
    writes.admit(noted([], part(2), DONE, 0), 0);
    expect(() => writes.find(part(2)))
      .to.throw(CommandError)
      .with.property('code', 225);
  });

  it('forgets sessions that have been silent for half an hour', () => {
    const writes = new LastWrites();
    for (let minute = 0; minute < 60; minute++) {
      writes.admit(noted([], part(1, 0, `s${minute}`), DONE, minute * MINUTE), minute * MINUTE);
    }
    expect(writes.size).to.equal(30);
  });
});
