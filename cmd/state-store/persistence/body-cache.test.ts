import { expect } from 'chai';
import { BodyCache } from './body-cache.js';

const holding = (bytes: number) => [{ collection: 'runs', body: Buffer.alloc(bytes) }];

describe('BodyCache', () => {
  it('gives what a record holds in the version that it was kept in, and in no other', () => {
    const cache = new BodyCache(10_000);
    const documents = holding(10);
    cache.keep('a', '1', documents);
    expect(cache.find('a', '1')).to.equal(documents);
    expect(cache.find('a', '2')).to.equal(undefined);
    cache.keep('a', '2', holding(20));
    expect(cache.find('a', '1')).to.equal(undefined);
  });

  it('lets go what was not asked for the longest', () => {
    const cache = new BodyCache(3000);
    for (const name of ['a', 'b', 'c']) cache.keep(name, '1', holding(600));
    cache.find('a', '1');
    cache.keep('d', '1', holding(600));
    const left = ['a', 'b', 'c', 'd'].filter((name) => cache.find(name, '1') !== undefined);
    expect(left).to.deep.equal(['a', 'c', 'd']);
    expect(cache.bytes).to.be.most(3000);
  });

  it('does not begin to keep what is too large, and counts what it forgets', () => {
    const cache = new BodyCache(1000);
    cache.keep('a', '1', holding(500));
    cache.keep('a', '2', holding(5000));
    expect([cache.find('a', '2'), cache.bytes]).to.deep.equal([undefined, 0]);
    cache.keep('b', '1', holding(500));
    cache.forget('b');
    cache.forget('b');
    expect(cache.bytes).to.equal(0);
  });
});
