import { expect } from 'chai';
import { parseOptions } from './options.js';

describe('Options of the state store', () => {
  it('are those of a store that is alone, unless something is said', () => {
    const options = parseOptions([], {});
    expect(options).to.include({ namespace: 'porterops-system', leaderElect: false, keepRuns: 10, logLimit: 262_144 });
    expect(options.pod).to.equal(undefined);
  });

  it('are taken from the Pod', () => {
    const environment = { POD_NAMESPACE: 'ops', POD_NAME: 'store-1', POD_UID: 'u-1', POD_IP: '10.0.0.1' };
    const options = parseOptions(['--leader-elect'], environment);
    expect(options).to.deep.include({
      ...{ namespace: 'ops', leaderElect: true, leaderElectId: 'u-1' },
      pod: { ip: '10.0.0.1', name: 'store-1', port: 27017 },
    });
  });

  it('on the command line come before those of the Pod', () => {
    const { pod } = parseOptions(['--pod-ip=10.0.0.9', '--listen=:1234'], { POD_IP: '10.0.0.1', POD_NAME: 'store-1' });
    expect(pod).to.deep.equal({ ip: '10.0.0.9', name: 'store-1', port: 1234 });
  });
});
