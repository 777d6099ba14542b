import { expect } from 'chai';
import { AGENT_ACTIONS } from '../../api/porter/v1/resources.js';
import { StaleViewError } from '../../runtime/cache/index.js';
import type { DeepReadonly, Job, Secret, Stored, Transport } from '../../runtime/client/index.js';
import { ApiError, Client, JOBS, SECRETS, openTransport } from '../../runtime/client/index.js';
import type { Fault } from '../../test/support/fake-api-server.js';
import { FakeApiServer } from '../../test/support/fake-api-server.js';
import { AgentJobs } from './agent-jobs.js';
import type { AgentRun } from './job/agent-run.js';

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
  await new AgentJobs(client).adopt(JOB, OWNER, 60);
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

describe('AgentJobs.limit', () => {
  it('lets a bundle end and go in time, by limits of its own where it has them', async () => {
    const patches: object[] = [];
    const patch = (_: unknown, __: unknown, body: object) => Promise.resolve(patches.push(body));
    const jobs = new AgentJobs({ patch } as unknown as Client);
    const limits = { activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 10 };
    await jobs.limit(JOB, limits);
    await jobs.limit({ ...JOB, spec: { ...JOB.spec!, activeDeadlineSeconds: 5 } }, limits);
    expect(patches).to.deep.equal([
      { metadata: { uid: 'j' }, spec: limits },
      { metadata: { uid: 'j' }, spec: { ...limits, activeDeadlineSeconds: 5 } },
    ]);
  });
});

describe('AgentJobs.launch', () => {
  const KEY = { namespace: 'shop', name: 'web-1-0123456789' };
  const FOREIGN = { ...KEY, ownerReferences: [{ ...OWNER, uid: 'other' }] };
  const RUN: AgentRun = {
    namespace: 'shop',
    owner: OWNER,
    names: { job: KEY.name, files: KEY.name },
    labels: {},
    annotations: { fact: 'of the launch' },
    config: {
      ...{ agent: 'BuiltIn', image: 'registry.test/porterops:1', pullPolicy: 'Always', secretsMode: 'Auto' },
      ...{ serviceAccount: 'porter-agent', installationServiceAccount: '', volumeSize: '1Mi', storageClassName: '' },
      ...{ activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 600, resources: {} },
    } as AgentRun['config'],
    operatorImage: 'registry.test/porterops:1',
    documents: {},
    porterConfig: '',
  };
  const CREATED = { metadata: { ...KEY, uid: OWNER.uid } } as Parameters<AgentJobs['expect']>[0];

  let api: FakeApiServer;
  let transport: Transport;
  let jobs: AgentJobs;

  const restart = () => (jobs = new AgentJobs(new Client(transport)));
  const launch = () => jobs.launch(RUN);
  const requests = () => api.requests().map(({ method, path }) => `${method} ${path.split('/')[5] ?? path}`);
  const there = () => [api.list(JOBS, 'shop').length, api.list(SECRETS, 'shop').length];

  const putOwner = (metadata: object = {}) =>
    api.put(AGENT_ACTIONS, { metadata: { namespace: 'shop', name: OWNER.name, uid: OWNER.uid, ...metadata } } as never);

  /** The nth request from now on goes wrong. */
  function failAt(n: number, fault: Fault): void {
    let seen = 0;
    api.fault = () => (++seen === n ? fault : undefined);
  }

  beforeEach(async () => {
    api = await new FakeApiServer().start();
    transport = openTransport(() => api.kubeConfig());
    putOwner();
    restart();
  });

  afterEach(async () => {
    await transport.close();
    await api.stop();
  });

  it('creates the Job first, and last what it needs to start', async () => {
    jobs.expect(CREATED);
    expect(await launch()).to.deep.equal({ kind: 'Launched' });
    expect(api.requests().map(({ method, path }) => `${method} ${path.split('/').at(-1)}`)).to.deep.equal([
      'POST jobs',
      'POST secrets',
    ]);
  });

  it('looks for an earlier launch unless its owner has just been created', async () => {
    await launch();
    expect(requests()).to.have.length(4);
  });

  it('makes nothing again when it is asked again', async () => {
    await launch();
    expect(await launch()).to.deep.equal({ kind: 'Launched' });
    expect(there()).to.deep.equal([1, 1]);
  });

  for (const isNew of [true, false]) {
    for (const fault of ['reset', 'lose the reply'] as const) {
      for (const survives of [true, false]) {
        for (let n = 1; n <= (isNew ? 2 : 4); n += 1) {
          const when = `request ${n} for ${isNew ? 'a new' : 'any other'} owner suffers '${fault}'`;
          it(`is completed ${survives ? 'by the same process' : 'after a restart'} when ${when}`, async () => {
            if (isNew) jobs.expect(CREATED);
            failAt(n, fault);
            await launch().catch(() => undefined);
            if (!survives) restart();
            api.fault = () => undefined;
            expect(await launch()).to.deep.equal({ kind: 'Launched' });
            expect(there()).to.deep.equal([1, 1]);
            expect(jobs.isComplete(KEY)).to.equal(true);
          });
        }
      }
    }
  }

  it('begins anew when it was cut off after the Job and that has vanished, since nothing can have run', async () => {
    failAt(4, 'reset');
    await launch().catch(() => undefined);
    api.remove(JOBS, KEY);
    api.fault = () => undefined;
    restart();
    expect(await launch()).to.deep.equal({ kind: 'Launched' });
    expect(there()).to.deep.equal([1, 1]);
  });

  it('never begins anew when it was complete and the Job has vanished, since it may have run', async () => {
    await launch();
    api.remove(JOBS, KEY);
    restart();
    expect(await launch()).to.deep.equal({ kind: 'LaunchedBefore', annotations: RUN.annotations });
    expect(there()).to.deep.equal([0, 1]);
  });

  for (const [what, metadata] of Object.entries({
    'has gone and come again': { uid: 'b' },
    'is about to go': { deletionTimestamp: '2026-01-02T03:04:05Z', finalizers: ['test/keep'] },
  })) {
    it(`launches nothing for an owner that ${what}, whatever an older view shows`, async () => {
      api.remove(AGENT_ACTIONS, { namespace: 'shop', name: OWNER.name });
      putOwner(metadata);
      expect(await launch().catch((error: unknown) => error)).to.be.instanceOf(StaleViewError);
      expect(there()).to.deep.equal([0, 0]);
    });
  }

  it('launches nothing for an owner that has gone, and its Secret with it', async () => {
    await launch();
    api.remove(JOBS, KEY);
    api.remove(SECRETS, KEY);
    api.remove(AGENT_ACTIONS, { namespace: 'shop', name: OWNER.name });
    restart();
    expect(await launch().catch((error: unknown) => error)).to.be.instanceOf(StaleViewError);
    expect(there()).to.deep.equal([0, 0]);
  });

  it('creates no Job where the name of its Secret is taken', async () => {
    api.put(SECRETS, { metadata: FOREIGN });
    expect(await launch()).to.include({ kind: 'NameTaken' });
    expect(there()).to.deep.equal([0, 1]);
  });

  it('takes the Job back when somebody was faster with the name of its Secret', async () => {
    api.put(SECRETS, { metadata: FOREIGN });
    jobs.expect(CREATED);
    expect(await launch()).to.include({ kind: 'NameTaken' });
    expect(there()).to.deep.equal([0, 1]);
    expect(jobs.isComplete(KEY)).to.equal(false);
  });

  it('takes the Job back when its Secret is refused', async () => {
    const body = { kind: 'Status', code: 422, reason: 'Invalid', message: 'too long' };
    api.fault = ({ method, path }) =>
      method === 'POST' && path.endsWith('/secrets') ? { code: 422, body } : undefined;
    expect(await launch()).to.deep.equal({ kind: 'Refused', reason: 'InvalidSpec', message: 'too long' });
    expect(there()).to.deep.equal([0, 0]);
  });

  it('creates no Secret where the name of the Job is taken', async () => {
    api.put(JOBS, { metadata: FOREIGN });
    expect(await launch()).to.include({ kind: 'NameTaken' });
    expect(there()).to.deep.equal([1, 0]);
  });
});
