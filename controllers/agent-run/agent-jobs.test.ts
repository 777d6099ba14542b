import { expect } from 'chai';
import type { Client, DeepReadonly, Job, Secret, Stored } from '../../runtime/client/index.js';
import { ApiError, SECRETS } from '../../runtime/client/index.js';
import { systemClock } from '../../runtime/clock/index.js';
import { AgentJobs } from './agent-jobs.js';

const OWNER = { apiVersion: 'getporter.org/v1', kind: 'AgentAction', name: 'web-1', uid: 'a' };
const DRIVER = { 'cnab.io/driver': 'kubernetes' };
const JOB = {
  metadata: { name: 'install-web', namespace: 'shop', uid: 'j' },
  spec: { template: { spec: { containers: [{ name: 'invocation', envFrom: [{ secretRef: { name: 'env' } }] }] } } },
} as unknown as DeepReadonly<Stored<Job>>;

/** Names of what is changed by an adoption in a world with this Secret; `gone` is deleted just before the change. */
async function changed(secret: Secret | undefined, gone = false): Promise<string[]> {
  const names: string[] = [];
  const client = {
    find: () => Promise.resolve(secret),
    patch: (resource: unknown, { name }: { name: string }) => {
      if (gone && resource === SECRETS) {
        return Promise.reject(new ApiError('not found', { code: 404, reason: 'NotFound' }));
      }
      names.push(name);
      return Promise.resolve({});
    },
  } as unknown as Client;
  await new AgentJobs(client, systemClock).adopt(JOB, OWNER, 60);
  return names;
}

const aSecret = (metadata: Secret['metadata']): Secret => ({
  metadata: { namespace: 'shop', ...metadata },
});

describe('AgentJobs.adopt', () => {
  it('gives the Secret that the driver made for the bundle an owner', async () => {
    expect(await changed(aSecret({ name: 'env', labels: DRIVER }))).to.deep.equal(['env', 'install-web']);
  });

  it('leaves a Secret alone that the driver did not make, whoever names it', async () => {
    expect(await changed(aSecret({ name: 'env' }))).to.deep.equal(['install-web']);
  });

  it('leaves a Secret to the owner that it has', async () => {
    const secret = aSecret({ name: 'env', labels: DRIVER, ownerReferences: [{ ...OWNER, uid: 'other' }] });
    expect(await changed(secret)).to.deep.equal(['install-web']);
  });

  it('takes it for done when the Secret has gone', async () => {
    expect(await changed(undefined)).to.deep.equal(['install-web']);
    expect(await changed(aSecret({ name: 'env', labels: DRIVER }), true)).to.deep.equal(['install-web']);
  });
});
