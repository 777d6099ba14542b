import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { Credentials } from './credentials.js';

function configWith(token: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: 'https://example.test:6443/', skipTLSVerify: false },
    {
      name: 'u',
      token,
    },
  );
  return config;
}

describe('Credentials', () => {
  it('reads nothing before it is asked', () => {
    let loads = 0;
    new Credentials(
      () => (loads++, configWith('a')),
      () => 0,
    );
    expect(loads).to.equal(0);
  });

  it('gives the same identity while nothing changes', async () => {
    let now = 0;
    const credentials = new Credentials(
      () => configWith('a'),
      () => now,
    );
    const first = await credentials.identity();
    now = 120_000;
    expect(await credentials.identity()).to.equal(first);
    expect(first).to.deep.include({ server: 'https://example.test:6443', headers: { Authorization: 'Bearer a' } });
  });

  it('reads anew when the identity was refused, once for all who noticed', async () => {
    let loads = 0;
    const credentials = new Credentials(
      () => configWith(`t${++loads}`),
      () => 0,
    );
    const refused = await credentials.identity();
    const renewed = await Promise.all([1, 2, 3].map(() => credentials.renew(refused)));
    expect(loads).to.equal(2);
    expect(renewed.map(({ headers }) => headers['Authorization'])).to.deep.equal(Array(3).fill('Bearer t2'));
  });

  it('tries again after a reading that failed', async () => {
    let loads = 0;
    const load = () => {
      if (loads++ === 0) throw new Error('the file is being replaced');
      return configWith('a');
    };
    const credentials = new Credentials(load, () => 0);
    const error: unknown = await credentials.identity().catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(Error);
    expect((await credentials.identity()).headers).to.deep.equal({ Authorization: 'Bearer a' });
  });
});
