import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { AgentAction, AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import { AGENT_ACTIONS, AGENT_CONFIGS, PORTER_CONFIGS } from '../../../api/porter/v1/resources.js';
import type { Job, OwnerReference, Pod, Stored } from '../../../runtime/client/index.js';
import { JOBS, PODS, SECRETS, SERVICE_ACCOUNTS } from '../../../runtime/client/index.js';
import { RECONCILER } from '../../../runtime/controller/index.js';
import { Manager } from '../../../runtime/manager/index.js';
import { findCondition } from '../../../runtime/status/index.js';
import { runtimeOn } from '../../../test/support/runtime-container.js';
import { Metrics } from '../../../runtime/telemetry/index.js';
import { eventually } from '../../../test/support/eventually.js';
import type { Seen } from '../../../test/support/fake-api-server.js';
import { FakeApiServer } from '../../../test/support/fake-api-server.js';
import { sumOf } from '../../../test/support/operator.js';
import { AgentSettings } from '../../agent-run/agent-settings.js';
import { agentRunModule } from '../../agent-run/module.js';
import { PorterStates } from '../../agent-run/state/porter-states.js';
import { AgentConfigReconciler } from '../agent-config/agent-config.reconciler.js';
import { PorterConfigReconciler } from '../porter-config/porter-config.reconciler.js';
import { AgentActionReconciler } from './agent-action.reconciler.js';
import { Blockers } from './blockers.js';
import { ActionEffects } from './effects.js';
import { EvidenceCollector } from './evidence-collector.js';
import { FailureReports } from './failure-reports.js';
import { ActionObserver } from './observe.js';
import { RunMetrics } from './run-metrics.js';

const NAMESPACE = 'shop';
const INSTALLATION_PARENT = [
  { apiVersion: 'getporter.org/v1', kind: 'Installation', name: 'web', uid: 'parent-1', controller: true },
];

/** The check holds soon. */
function soon(check: () => void): Promise<unknown> {
  return eventually('the expectation holds', () => (check(), true));
}

async function startOperator(api: FakeApiServer, metrics: Metrics, states?: object): Promise<Manager> {
  const container = runtimeOn(api);
  (await container.rebindAsync(Metrics)).toConstantValue(metrics);
  container.bind<AgentSettings>(AgentSettings).toConstantValue({
    operatorNamespace: 'porterops-system',
    upstreamDefaults: false,
    defaultAgent: 'BuiltIn',
    builtInAgentImage: 'registry.test/porterops:1',
    porterAgentImage: 'ghcr.io/getporter/porter-agent:v1.4.0',
    stateStore: 'none',
    stateStoreService: 'porterops-state-store',
  });
  container.load(agentRunModule);
  if (states !== undefined) (await container.rebindAsync(PorterStates)).toConstantValue(states as PorterStates);
  for (const part of [Blockers, ActionEffects, EvidenceCollector, FailureReports, ActionObserver, RunMetrics]) {
    container.bind<unknown>(part).to(part);
  }
  for (const part of [AgentActionReconciler, AgentConfigReconciler, PorterConfigReconciler]) {
    container.bind(RECONCILER).to(part);
  }
  const manager = container.get(Manager);
  await manager.start();
  return manager;
}

function anAction(name: string, spec: Partial<AgentActionSpec> = {}, ownerReferences?: OwnerReference[]): AgentAction {
  return {
    metadata: { name, namespace: NAMESPACE, ownerReferences },
    spec: { args: ['credentials', 'apply', 'credentials.yaml'], ...spec },
  };
}

describe('AgentActionReconciler', () => {
  let api: FakeApiServer;
  let manager: Manager;
  let metrics: Metrics;

  const key = (name: string) => ({ namespace: NAMESPACE, name });
  const action = (name: string) => api.get(AGENT_ACTIONS, key(name)) as Stored<AgentAction>;
  const ready = (name: string) => findCondition(action(name).status?.conditions, 'Ready');
  const jobs = () => api.list(JOBS, NAMESPACE);
  const jobOf = async () => {
    await soon(() => expect(jobs()).to.have.length(1));
    return jobs()[0] as Stored<Job>;
  };
  const reviews = (seen: Seen) => seen.path.endsWith('/localsubjectaccessreviews');
  const accounts = () => {
    for (const name of ['default', 'porter-agent']) api.put(SERVICE_ACCOUNTS, { metadata: key(name) });
  };
  const restart = async (states?: object) => {
    await manager.stop();
    metrics = new Metrics();
    manager = await startOperator(api, metrics, states);
  };
  const create = (made: AgentAction) => api.put(AGENT_ACTIONS, made);

  const podFor = (job: Stored<Job>, status: Pod['status']): void => {
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: job.metadata.name, uid: job.metadata.uid };
    const metadata = {
      namespace: NAMESPACE,
      name: `${job.metadata.name}-x`,
      labels: job.spec?.template.metadata?.labels,
    };
    api.put(PODS, { metadata: { ...metadata, ownerReferences: [{ ...owner, controller: true }] }, status });
  };
  const ended = (exitCode: number): Pod['status'] => ({
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [
      {
        name: 'porter-agent',
        state: {
          terminated: { exitCode, finishedAt: new Date().toISOString(), reason: exitCode ? 'Error' : 'Completed' },
        },
      },
    ] as never,
  });

  /** The Job controller completes a Job some time after its Pod has ended. */
  const runToItsEnd = async (name: string) => {
    const job = await jobOf();
    podFor(job, ended(0));
    await soon(() => expect(action(name).status?.phase).to.equal('Succeeded'));
    api.put(JOBS, { ...jobs()[0]!, status: { conditions: [{ type: 'Complete', status: 'True' }] } });
    await soon(() => expect(jobs()[0]?.spec?.ttlSecondsAfterFinished).to.equal(600));
  };

  beforeEach(async () => {
    api = await new FakeApiServer().start();
    api.fault = (seen) => (reviews(seen) ? { code: 201, body: { status: { allowed: true } } } : undefined);
    accounts();
    metrics = new Metrics();
    manager = await startOperator(api, metrics);
  });

  afterEach(async () => {
    await manager.stop();
    await api.stop();
  });

  it('counts a run once, although the reply to its end was lost and the operator is started again', async () => {
    let isLost = false;
    const isEnd = ({ body }: Seen) => JSON.stringify(body ?? '').includes('"verdict"');
    api.fault = (seen) => {
      if (reviews(seen)) return { code: 201, body: { status: { allowed: true } } };
      if (isLost || !isEnd(seen)) return undefined;
      isLost = true;
      return 'lose the reply';
    };
    create(anAction('one'));
    await runToItsEnd('one');
    expect(isLost).to.equal(true);
    const counted = async () => sumOf(await metrics.scrape(), 'porterops_runs_total');
    expect(await counted()).to.equal(1);
    await restart();
    create(anAction('two'));
    await soon(() => expect(jobs()).to.have.length(2));
    expect(await counted()).to.equal(0);
    expect(sumOf(await metrics.scrape(), 'porterops_runs_in_flight', 'AgentAction')).to.equal(1);
  });

  it('brings a quick run to its end in seven requests', async () => {
    create(anAction('warm-up'));
    await runToItsEnd('warm-up');
    api.remove(JOBS, key(jobs()[0]!.metadata.name));
    api.seen.length = 0;

    create(anAction('quick'));
    await runToItsEnd('quick');

    const lines = api.requests().map(({ method, path }) => `${method} ${path.split('/').slice(-3).join('/')}`);
    const name = jobs()[0]!.metadata.name;
    expect(lines).to.deep.equal([
      'PATCH agentactions/quick/status',
      `GET shop/secrets/${name}`,
      'GET shop/agentactions/quick',
      'POST namespaces/shop/jobs',
      'POST namespaces/shop/secrets',
      'PATCH agentactions/quick/status',
      `PATCH shop/jobs/${name}`,
    ]);
    expect(action('quick').status).to.deep.include({ phase: 'Succeeded', attempt: 1, exitCode: 0, agent: 'BuiltIn' });
    expect(ready('quick')).to.deep.include({ status: 'True', reason: 'Succeeded' });
  });

  it('tells why a run failed, without the secrets in its log', async () => {
    api.put(SECRETS, { metadata: key('token'), data: { value: Buffer.from('hunter22').toString('base64') } });
    api.fault = (seen) => {
      if (reviews(seen)) return { code: 201, body: { status: { allowed: true } } };
      const log = 'Error: token hunter22 was refused\nexit status 3';
      return seen.path.endsWith('/log') ? { code: 200, body: log } : undefined;
    };
    create(anAction('broken', { secrets: ['token'] }));
    podFor(await jobOf(), ended(1));
    await soon(() => expect(action('broken').status?.phase).to.equal('Failed'));
    expect(action('broken').status?.verdict).to.deep.include({ result: 'Failed', source: 'ExitCode' });
    expect(ready('broken')?.message).to.equal('token ******* was refused');
    expect(JSON.stringify(action('broken'))).not.to.contain('hunter22');
  });

  it('repeats nothing of a log when a Secret has been replaced in mid-run, for it may hold the old value', async () => {
    const secret = (value: string) => ({
      metadata: key('token'),
      data: { value: Buffer.from(value).toString('base64') },
    });
    api.put(SECRETS, secret('hunter22'));
    api.fault = (seen) => {
      if (reviews(seen)) return { code: 201, body: { status: { allowed: true } } };
      const log = 'Error: token hunter22 was refused\nexit status 3';
      return seen.path.endsWith('/log') ? { code: 200, body: log } : undefined;
    };
    create(anAction('rotated', { secrets: ['token'] }));
    const job = await jobOf();
    await soon(() => expect(api.get(SECRETS, key(job.metadata.name))).not.to.equal(undefined));
    api.put(SECRETS, secret('hunter23'));
    podFor(job, ended(1));
    await soon(() => expect(action('rotated').status?.phase).to.equal('Failed'));
    expect(ready('rotated')).to.include({ reason: 'BundleFailed' });
    expect(ready('rotated')?.message).to.contain('Secret token has changed or gone since the launch');
    expect(JSON.stringify(action('rotated'))).not.to.contain('hunter');
  });

  it('does not launch again when the Job of a user action is deleted before its result is known', async () => {
    create(anAction('once'));
    const job = await jobOf();
    podFor(job, { phase: 'Running', startTime: '2020-01-01T00:00:00Z' });
    await soon(() => expect(action('once').status?.phase).to.equal('Running'));
    api.remove(JOBS, key(job.metadata.name));
    await soon(() => expect(ready('once')?.reason).to.equal('RunInProgress'));
    api.remove(PODS, key(`${job.metadata.name}-x`));
    await soon(() => expect(ready('once')?.reason).to.equal('OutcomeUnknown'));
    expect(jobs()).to.have.length(0);
  });

  it('launches the lost run of a parent again, under another name', async () => {
    create(anAction('again', {}, INSTALLATION_PARENT));
    const job = await jobOf();
    podFor(job, { phase: 'Running', startTime: '2020-01-01T00:00:00Z' });
    await soon(() => expect(action('again').status?.phase).to.equal('Running'));
    api.remove(JOBS, key(job.metadata.name));
    await soon(() => expect(ready('again')?.reason).to.equal('RunInProgress'));
    api.remove(PODS, key(`${job.metadata.name}-x`));
    await soon(() => expect(action('again').status?.attempt).to.equal(2));
    expect((await jobOf()).metadata.name).not.to.equal(job.metadata.name);
  });

  it('finds its Job again when the status is emptied while it runs', async () => {
    create(anAction('forgetful'));
    const job = await jobOf();
    await restart();
    api.put(AGENT_ACTIONS, { ...action('forgetful'), status: {} });
    await soon(() => expect(action('forgetful').status?.job?.name).to.equal(job.metadata.name));
    podFor(job, ended(0));
    await soon(() => expect(action('forgetful').status?.phase).to.equal('Succeeded'));
    expect(api.requests('POST', /\/jobs$/)).to.have.length(1);
  });

  it('runs nothing again when status and Job of a user action are gone', async () => {
    create(anAction('restored'));
    const job = await jobOf();
    podFor(job, ended(0));
    await soon(() => expect(action('restored').status?.phase).to.equal('Succeeded'));
    await manager.stop();
    api.remove(JOBS, key(job.metadata.name));
    api.put(AGENT_ACTIONS, { ...action('restored'), status: {} });
    await restart();
    await soon(() => expect(ready('restored')?.reason).to.equal('OutcomeUnknown'));
    expect(jobs()).to.have.length(0);
  });

  it('runs once more for a new value of the retry annotation', async () => {
    create(anAction('retried'));
    const first = await jobOf();
    podFor(first, ended(1));
    await soon(() => expect(action('retried').status?.phase).to.equal('Failed'));
    const { metadata, ...rest } = action('retried');
    api.put(AGENT_ACTIONS, { ...rest, metadata: { ...metadata, annotations: { 'getporter.org/retry': 'please' } } });
    await soon(() => expect(jobs()).to.have.length(2));
    const second = jobs().find((job) => job.metadata.name !== first.metadata.name) as Stored<Job>;
    podFor(second, ended(0));
    await soon(() => expect(action('retried').status?.phase).to.equal('Succeeded'));
    expect(action('retried').status).to.deep.include({ attempt: 2, retry: 'please' });
    expect(jobs()).to.have.length(2);
  });

  it('takes over what the Go operator finished, and runs nothing', async () => {
    api.put(AGENT_ACTIONS, {
      ...anAction('old'),
      status: { observedGeneration: 1, phase: 'Succeeded', job: { name: 'old-xyz' } },
    });
    await soon(() => expect(action('old').status?.verdict?.reason).to.equal('Adopted'));
    expect(jobs()).to.have.length(0);
    expect(ready('old')?.status).to.equal('True');
  });

  it('waits for a missing ServiceAccount and says how to create it', async () => {
    api.remove(SERVICE_ACCOUNTS, key('porter-agent'));
    create(anAction('early'));
    await soon(() => expect(ready('early')?.reason).to.equal('ServiceAccountNotFound'));
    expect(ready('early')?.message).to.contain('kubectl apply -n shop -k config/namespace');
    expect(jobs()).to.have.length(0);
  });

  it('waits for missing rights and says how to grant them', async () => {
    api.fault = (seen) => (reviews(seen) ? { code: 201, body: { status: { allowed: false } } } : undefined);
    create(anAction('powerless'));
    await soon(() => expect(ready('powerless')?.reason).to.equal('RightsMissing'));
    expect(ready('powerless')?.message).to.match(/may not create jobs in namespace shop.*kubectl apply/);
  });

  it('refuses a ServiceAccount that no administrator allowed', async () => {
    api.put(SERVICE_ACCOUNTS, { metadata: key('admin') });
    api.put(AGENT_CONFIGS, { metadata: key('mine'), spec: { serviceAccount: 'admin' } });
    create(anAction('greedy', { agentConfig: { name: 'mine' } }));
    await soon(() => expect(ready('greedy')?.reason).to.equal('ServiceAccountNotAllowed'));
    expect(findCondition(action('greedy').status?.conditions, 'Stalled')?.status).to.equal('True');
  });

  it('does not end a run whose name is taken: it follows when the name is free', async () => {
    api.fault = (seen) => {
      if (reviews(seen)) return { code: 201, body: { status: { allowed: true } } };
      const isLook = seen.method === 'GET' && seen.path.includes('/secrets/blocked-');
      return isLook ? { code: 200, body: { metadata: { name: 'blocked', uid: 'other' } } } : undefined;
    };
    create(anAction('blocked'));
    await soon(() => expect(ready('blocked')?.reason).to.equal('NameTaken'));
    expect(findCondition(action('blocked').status?.conditions, 'Stalled')?.status).to.equal('True');
    expect(action('blocked').status?.verdict).to.equal(undefined);
    api.fault = (seen) => (reviews(seen) ? { code: 201, body: { status: { allowed: true } } } : undefined);
    await restart();
    await jobOf();
  });

  it('names an AgentConfig that does not exist', async () => {
    create(anAction('typo', { agentConfig: { name: 'nosuch' } }));
    await soon(() => expect(ready('typo')?.reason).to.equal('AgentConfigNotFound'));
  });

  it('names a Secret key that does not exist', async () => {
    api.put(SECRETS, { metadata: key('token'), data: { other: '' } });
    create(anAction('keyless', { secrets: ['token'] }));
    await soon(() => expect(ready('keyless')?.reason).to.equal('SecretNotFound'));
    expect(ready('keyless')?.message).to.contain('Secret token has no key value');
  });

  it('names the field of a volume that reaches into the node', async () => {
    create(anAction('host', { volumes: [{ name: 'root', hostPath: { path: '/' } }] }));
    await soon(() => expect(ready('host')?.reason).to.equal('InvalidSpec'));
    expect(ready('host')?.message).to.contain('spec.volumes[0].hostPath');
    expect(jobs()).to.have.length(0);
  });

  it('names an image that cannot be pulled', async () => {
    create(anAction('pulling'));
    const message = 'Back-off pulling image "registry.test/porterops:1": ErrImagePull: not found';
    podFor(await jobOf(), {
      phase: 'Pending',
      containerStatuses: [
        {
          name: 'porter-agent',
          image: 'registry.test/porterops:1',
          state: { waiting: { reason: 'ImagePullBackOff', message } },
        },
      ] as never,
    });
    await soon(() => expect(ready('pulling')?.reason).to.equal('ImagePullFailed'));
    expect(ready('pulling')?.message).to.contain('registry.test/porterops:1').and.to.contain('not found');
  });

  it('lets one action at a time work on a Porter installation', async () => {
    const installation = { namespace: 'dev', name: 'web' };
    create(anAction('first', { installation }));
    const job = await jobOf();
    create(anAction('second', { installation }));
    await soon(() => expect(ready('second')?.reason).to.equal('RunInProgress'));
    podFor(job, ended(0));
    await soon(() => expect(jobs()).to.have.length(2));
  });

  it('lets one of two actions at a time work that are created together while the store is slow', async () => {
    const state = { lastRun: () => delay(200).then(() => undefined) };
    await restart({ ask: (_: string, question: (found: object) => Promise<unknown>) => question(state) });
    const installation = { namespace: 'dev', name: 'web' };
    for (const name of ['first', 'second']) create(anAction(name, { installation }));
    await jobOf();
    await delay(500);
    expect(jobs()).to.have.length(1);
    const [waiting] = ['first', 'second'].filter((name) => ready(name)?.reason === 'RunInProgress');
    expect(ready(waiting ?? '')?.message).to.match(/^AgentAction (first|second) works on the same/);
    expect(action(waiting ?? '').status?.startedAt).to.equal(undefined);
  });

  it('survives a lost reply to the creation of the Job', async () => {
    let lost = 0;
    api.fault = (seen) => {
      if (reviews(seen)) return { code: 201, body: { status: { allowed: true } } };
      return seen.method === 'POST' && seen.path.endsWith('/jobs') && lost++ === 0 ? 'lose the reply' : undefined;
    };
    create(anAction('unlucky'));
    podFor(await jobOf(), ended(0));
    await soon(() => expect(action('unlucky').status?.phase).to.equal('Succeeded'));
    expect(jobs()).to.have.length(1);
  });

  it('gives no Job a time to live before its result is recorded', async () => {
    create(anAction('lasting'));
    expect((await jobOf()).spec).not.to.have.property('ttlSecondsAfterFinished');
  });

  it('says of a PorterConfig that its default names no entry', async () => {
    const storage = [{ name: 'one', plugin: 'mongodb' }];
    api.put(PORTER_CONFIGS, { metadata: key('default'), spec: { 'default-storage': 'two', storage } });
    await soon(() => {
      const config = api.get(PORTER_CONFIGS, key('default'));
      expect(findCondition(config?.status?.conditions, 'Ready')?.message).to.contain('spec.default-storage names two');
    });
  });
});
