import { expect } from 'chai';
import { FakeClock } from '../../test/support/fake-clock.js';
import { ExpiringCache } from './expiring-cache.js';

describe('ExpiringCache', () => {
  it('asks once for a question that many have at the same time', async () => {
    let asked = 0;
    const cache = new ExpiringCache<number>(new FakeClock(), () => 1000);
    const load = () => Promise.resolve(++asked);
    expect(await Promise.all([cache.get('a', load), cache.get('a', load)])).to.deep.equal([1, 1]);
  });

  it('asks again when the answer’s time is over', async () => {
    let asked = 0;
    const clock = new FakeClock();
    const cache = new ExpiringCache<number>(clock, () => 1000);
    const load = () => Promise.resolve(++asked);
    await cache.get('a', load);
    await clock.advance(999);
    expect(await cache.get('a', load)).to.equal(1);
    await clock.advance(2);
    expect(await cache.get('a', load)).to.equal(2);
  });

  it('does not keep a failure', async () => {
    const cache = new ExpiringCache<number>(new FakeClock(), () => 1000);
    await cache.get('a', () => Promise.reject(new Error('no'))).catch(() => undefined);
    expect(await cache.get('a', () => Promise.resolve(7))).to.equal(7);
  });

  it('forgets what would expire first when it is full', async () => {
    const cache = new ExpiringCache<number>(new FakeClock(), (lifetime) => lifetime, 2);
    const get = (key: string, lifetime: number) => cache.get(key, () => Promise.resolve(lifetime));
    await get('long', 60);
    for (const key of ['a', 'b', 'c']) await get(key, 10);
    expect(await get('long', 61)).to.equal(60);
    expect(await get('a', 11)).to.equal(11);
  });
});
