import { expect } from 'chai';
import { ApiError } from './api-error.js';
import { MAX_TRIES, retryDelayMs } from './retry-policy.js';

const refused = (code: number, retryAfterMs?: number) => new ApiError('later', { code, reason: 'x', retryAfterMs });
const broken = (code?: string) =>
  new ApiError('broken', { code: 0, reason: 'Unreachable', cause: Object.assign(new Error('x'), { code }) });
const read = { repeatable: true };
const write = { repeatable: false };

describe('retryDelayMs', () => {
  it('waits as long as the server asks, also before a write: it did nothing yet', () => {
    expect(retryDelayMs(refused(429, 5000), write, 1, 0)).to.equal(5000);
    expect(retryDelayMs(refused(503, 1000), write, 1, 0)).to.equal(1000);
  });

  it('leaves a server that asks for more than ten seconds to the queue', () => {
    expect(retryDelayMs(refused(429, 60_000), read, 1, 0)).to.equal(undefined);
  });

  it('does not repeat on a 503 that may come from a proxy', () => {
    expect(retryDelayMs(refused(503), write, 1, 0)).to.equal(undefined);
  });

  it('repeats reads whose connection broke, with growing delays', () => {
    expect([1, 2, 3].map((tries) => retryDelayMs(broken('ECONNRESET'), read, tries, 0.5))).to.deep.equal([
      100, 200, 400,
    ]);
  });

  it('repeats a write only when it was surely not sent', () => {
    expect(retryDelayMs(broken('ECONNREFUSED'), write, 1, 0)).to.be.a('number');
    expect(retryDelayMs(broken('UND_ERR_CONNECT_TIMEOUT'), write, 1, 0)).to.be.a('number');
    expect(retryDelayMs(broken('ECONNRESET'), write, 1, 0)).to.equal(undefined);
    expect(retryDelayMs(broken(), write, 1, 0)).to.equal(undefined);
  });

  it('never repeats what was answered, timed out or is no answer at all', () => {
    const timeout = new ApiError('slow', { code: 0, reason: 'Timeout' });
    expect([refused(500), refused(404), timeout, new Error('x')].map((e) => retryDelayMs(e, read, 1, 0))).to.deep.equal(
      [undefined, undefined, undefined, undefined],
    );
  });

  it('gives up in the end', () => {
    expect(retryDelayMs(broken('ECONNREFUSED'), read, MAX_TRIES, 0)).to.equal(undefined);
  });
});
