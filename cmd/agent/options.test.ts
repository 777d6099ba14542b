import { expect } from 'chai';
import { agentOptions, secretsOptions } from './options.js';
import { terminationMessage } from './termination-message.js';

const ENV = { KUBE_NAMESPACE: 'team-a', PORTEROPS_IMAGE: 'operator:1', PORTEROPS_JOB_NAME: 'agent-1' };

describe('agentOptions', () => {
  it('reads what the operator sets', () => {
    const options = agentOptions({
      ...ENV,
      LABELS: 'a=b getporter.org/retry= x=y=z',
      SERVICE_ACCOUNT: '',
      PORTEROPS_AGENT_ACTION: 'install-a',
      PORTEROPS_AGENT_ACTION_UID: 'uid',
      PORTEROPS_DEADLINE_SECONDS: '90',
      PORTEROPS_INSECURE_REGISTRIES: 'localhost:5000,other',
    });
    expect(options).to.deep.include({
      labels: { a: 'b', 'getporter.org/retry': '', x: 'y=z' },
      serviceAccount: undefined,
      agentAction: { name: 'install-a', uid: 'uid' },
      deadlineSeconds: 90,
      insecureRegistries: ['localhost:5000', 'other'],
      porterHome: '/app/.porter',
      configFolder: '/porter-config',
    });
  });

  it('names what is missing', () => {
    expect(() => agentOptions({ ...ENV, PORTEROPS_IMAGE: '' })).to.throw('PORTEROPS_IMAGE is not set');
    expect(() => secretsOptions({})).to.throw('KUBE_NAMESPACE is not set');
  });

  it('does not take nonsense for a deadline', () => {
    expect(agentOptions({ ...ENV, PORTEROPS_DEADLINE_SECONDS: 'soon' }).deadlineSeconds).to.equal(3600);
  });
});

describe('terminationMessage', () => {
  it('is what was said, cut to what kubelet takes', () => {
    expect(terminationMessage('Error: no such tag')).to.equal('Error: no such tag');
    const long = terminationMessage(`x${'ä'.repeat(5000)}`);
    expect(Buffer.byteLength(long)).to.be.at.most(4096);
    expect(long).to.match(/^xä+$/);
  });
});
