import { expect } from 'chai';
import { ApiError } from '../client/index.js';
import type { ReflectorState, StepResult, WatchResult } from './reflector-state.js';
import { INITIAL_STATE, delayMs, nextState } from './reflector-state.js';
import { MalformedEventError, WatchFailedError } from './watch-event.js';

const watching = (failures = 0, before = 0): ReflectorState => {
  return { phase: 'watching', resourceVersion: '5', failures, before };
};
const ended = (more: Partial<WatchResult> = {}): StepResult => {
  return { kind: 'watch ended', resourceVersion: '9', heard: true, lastedMs: 5000, ...more };
};
const api = (code: number, reason: string) => new ApiError('no', { code, reason });
const EXPIRED = api(410, 'Expired');

describe('nextState', () => {
  it('watches from where the list was', () => {
    const next = nextState(INITIAL_STATE, { kind: 'listed', resourceVersion: '5' });
    expect(next).to.deep.equal({ phase: 'watching', resourceVersion: '5', failures: 0, before: 0 });
  });

  it('watches at once after a list, however many failures there were before', () => {
    const next = nextState({ phase: 'listing', failures: 9 }, { kind: 'listed', resourceVersion: '5' });
    expect(delayMs(next, 1)).to.equal(0);
  });

  it('is quick to resume the first watch after an outage, too', () => {
    const next = nextState(watching(0, 9), ended({ heard: false, error: api(0, 'Unreachable') }));
    expect(delayMs(next, 1)).to.equal(200);
  });

  it('resumes a watch that the server ended, at once and without a list', () => {
    const next = nextState(watching(), ended());
    expect(next).to.deep.equal({ phase: 'watching', resourceVersion: '9', failures: 0, before: 0 });
    expect(delayMs(next, 1)).to.equal(0);
  });

  it('resumes a quiet watch that lasted', () => {
    expect(nextState(watching(), ended({ heard: false }))).to.deep.include({ phase: 'watching', failures: 0 });
  });

  it('slows down when watches end as soon as they begin', () => {
    const next = nextState(watching(3), ended({ heard: false, lastedMs: 2 }));
    expect(next).to.deep.include({ phase: 'watching', failures: 4 });
  });

  it('resumes after a broken connection, from the last whole event', () => {
    const next = nextState(watching(), ended({ error: api(0, 'Unreachable') }));
    expect(next).to.deep.equal({ phase: 'watching', resourceVersion: '9', failures: 1, before: 0 });
  });

  for (const [why, error] of [
    ['the version is no longer kept', EXPIRED],
    ['a line was no event', new MalformedEventError('garbage')],
    ['the server gave the watch up', new WatchFailedError(api(500, 'InternalError'))],
  ] as const) {
    it(`lists again when ${why}`, () => {
      expect(nextState(watching(), ended({ error })).phase).to.equal('listing');
    });
  }

  it('lists again when not even a bookmark came, as after a restore of the server', () => {
    const error = api(0, 'Idle');
    expect(nextState(watching(), ended({ heard: false, error })).phase).to.equal('listing');
    expect(nextState(watching(), ended({ heard: true, error })).phase).to.equal('watching');
  });

  it('counts lists that are in vain until something is heard', () => {
    let state: ReflectorState = INITIAL_STATE;
    state = nextState(state, { kind: 'list failed', error: api(403, 'Forbidden') });
    state = nextState(state, { kind: 'list failed', error: api(403, 'Forbidden') });
    state = nextState(state, { kind: 'listed', resourceVersion: '1' });
    state = nextState(state, ended({ heard: false, lastedMs: 1, error: EXPIRED }));
    expect(state).to.deep.equal({ phase: 'listing', failures: 3 });
    expect(nextState(watching(3, 5), ended())).to.deep.include({ failures: 0, before: 0 });
    expect(nextState(watching(3, 5), ended({ error: EXPIRED })).failures).to.equal(1);
  });
});

describe('delayMs', () => {
  it('doubles up to half a minute, spread from nothing to all of it', () => {
    const delays = [1, 2, 3, 8, 9, 50].map((failures) => delayMs({ phase: 'listing', failures }, 1));
    expect(delays).to.deep.equal([200, 400, 800, 25_600, 30_000, 30_000]);
    expect(delayMs({ phase: 'listing', failures: 5 }, 0)).to.equal(0);
  });
});
