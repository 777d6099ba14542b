import { expect } from 'chai';
import { AGENT_ACTIONS } from '../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../api/porter/v1/well-known.js';
import { namesOf } from '../../controllers/porter/agent-action/launch-facts.js';
import { JOBS, keyOf, SECRETS } from '../../runtime/client/index.js';
import { anAgentAction, anAgentConfig, aSecret } from '../support/builders.js';
import { fails, succeeds } from '../support/pod-plays.js';
import {
  afterOperatorHasLooked,
  agentCommands,
  agentPods,
  annotate,
  change,
  condition,
  create,
  get,
  hold,
  list,
  remove,
  script,
  until,
  untilGone,
  untilNotReady,
  untilReady,
  world,
} from './world.js';

describe('An AgentAction of a user', () => {
  it('runs the command once and says that it succeeded', async () => {
    await create(anAgentAction('status', 'invoke', 'shop', '--action', 'status', '-n', 'dev'));
    const { status } = await untilReady(AGENT_ACTIONS, 'status');
    expect(agentCommands()).to.deep.equal(['invoke shop --action status -n dev']);
    expect(status).to.include({ phase: 'Succeeded', attempt: 1, exitCode: 0 });
    expect(status?.verdict).to.include({ source: 'ExitCode', result: 'Succeeded' });
    expect(status?.conditions?.map(({ type }) => type)).to.include.members(['Scheduled', 'Started', 'Completed']);
  });

  it('that fails says so with exit code and last error line, and is not run again', async () => {
    script(fails('Error: no such installation: shop', 1));
    await create(anAgentAction('status', 'invoke', 'shop', '--action', 'status'));
    const ready = await untilNotReady(AGENT_ACTIONS, 'status', ['RunFailed', 'AgentFailed']);
    expect(ready.message).to.include('no such installation: shop');
    const { status } = await get(AGENT_ACTIONS, 'status');
    expect(status).to.include({ phase: 'Failed', exitCode: 1 });
    expect(status?.conditions?.map(({ type }) => type)).to.include('Failed');
    await afterOperatorHasLooked(() => expect(agentPods()).to.have.lengthOf(1));
  });

  it('runs again for a new value of the retry annotation, exactly once', async () => {
    script(fails('Error: not today'));
    await create(anAgentAction('status', 'invoke', 'shop'));
    await untilNotReady(AGENT_ACTIONS, 'status', ['RunFailed', 'AgentFailed']);
    await annotate(AGENT_ACTIONS, 'status', ANNOTATIONS.retry, 'one');
    const { status } = await untilReady(AGENT_ACTIONS, 'status');
    expect(status).to.include({ attempt: 2, retry: 'one' });
    await afterOperatorHasLooked(() => expect(agentPods()).to.have.lengthOf(2));
  });

  it('is not run again when its finished Job is deleted', async () => {
    await create(anAgentAction('status', 'invoke', 'shop'));
    const { status } = await untilReady(AGENT_ACTIONS, 'status');
    await remove(JOBS, status?.job?.name ?? '');
    await untilGone(JOBS, status?.job?.name ?? '');
    await afterOperatorHasLooked(() => expect(agentPods()).to.have.lengthOf(1));
    expect((await get(AGENT_ACTIONS, 'status')).status?.phase).to.equal('Succeeded');
  });

  it('whose Job is deleted in mid-run has an unknown outcome and is not run again', async () => {
    const run = hold();
    await create(anAgentAction('status', 'invoke', 'shop'));
    const pod = await run.started();
    await remove(JOBS, pod.metadata.labels?.['batch.kubernetes.io/job-name'] ?? '');
    await untilNotReady(AGENT_ACTIONS, 'status', 'OutcomeUnknown');
    await until(AGENT_ACTIONS, 'status', (action) => condition(action, 'Stalled')?.status === 'True');
    await afterOperatorHasLooked(() => expect(agentPods()).to.have.lengthOf(1));
  });

  it('is not run again when its status is emptied after it was launched', async () => {
    await create(anAgentAction('status', 'invoke', 'shop'));
    await untilReady(AGENT_ACTIONS, 'status');
    await world().operator.kill();
    await world().api.patchStatus(AGENT_ACTIONS, { namespace: world().namespace, name: 'status' }, { status: null });
    await world().operator.start();
    await untilReady(AGENT_ACTIONS, 'status');
    expect(agentPods()).to.have.lengthOf(1);
  });

  it('is not run again when status and Job are both lost', async () => {
    await create(anAgentAction('status', 'invoke', 'shop'));
    const action = await untilReady(AGENT_ACTIONS, 'status');
    await world().operator.kill();
    await remove(JOBS, action.status?.job?.name ?? '');
    await untilGone(JOBS, action.status?.job?.name ?? '');
    await world().api.patchStatus(AGENT_ACTIONS, keyOf(action), { status: null });
    await world().operator.start();
    await until(AGENT_ACTIONS, 'status', ({ status }) => status?.conditions !== undefined);
    await afterOperatorHasLooked(() => expect(agentPods()).to.have.lengthOf(1));
  });

  it('survives the death of the operator', async () => {
    const run = hold();
    await create(anAgentAction('status', 'invoke', 'shop'));
    await run.started();
    await world().operator.kill();
    run.ends(succeeds());
    await world().operator.start();
    await untilReady(AGENT_ACTIONS, 'status');
    expect(agentPods()).to.have.lengthOf(1);
  });

  it('gets its files in one Secret that goes with it', async () => {
    await create(anAgentAction('plan', 'bundle', 'explain', '-f', 'plan.yaml').withFile('plan.yaml', 'name: shop\n'));
    const action = await untilReady(AGENT_ACTIONS, 'plan');
    const [pod] = agentPods();
    const mounted = pod?.spec?.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath);
    expect(mounted).to.include.members(['/porter-config', '/porter-workdir']);
    const owned = (await list(SECRETS)).filter(
      ({ metadata }) => metadata.ownerReferences?.[0]?.uid === action.metadata.uid,
    );
    expect(owned).to.have.lengthOf(1);
    expect(Buffer.from(owned[0]?.data?.['plan.yaml'] ?? '', 'base64').toString()).to.equal('name: shop\n');
  });

  it('gets the environment that every agent gets', async () => {
    await create(anAgentAction('status', 'invoke', 'shop'));
    await untilReady(AGENT_ACTIONS, 'status');
    const agent = agentPods()[0]?.spec?.containers.find(({ name }) => name === 'porter-agent');
    expect(agent?.env?.map(({ name }) => name)).to.include.members([
      'PORTER_RUNTIME_DRIVER',
      'KUBE_NAMESPACE',
      'IN_CLUSTER',
      'LABELS',
    ]);
    expect(agent?.env?.find(({ name }) => name === 'KUBE_NAMESPACE')?.value).to.equal(world().namespace);
    expect(agent?.envFrom?.[0]?.secretRef).to.deep.equal({ name: 'porter-env', optional: true });
    expect(agent?.workingDir).to.equal('/porter-workdir');
  });

  it('never passes its arguments through a shell', async () => {
    await create(anAgentAction('odd', 'invoke', '$(id); `id` && true', '--param=a=b c'));
    await untilReady(AGENT_ACTIONS, 'odd');
    const agent = agentPods()[0]?.spec?.containers.find(({ name }) => name === 'porter-agent');
    expect(agent?.args).to.deep.equal(['invoke', '$(id); `id` && true', '--param=a=b c']);
    expect(JSON.stringify(agent?.command ?? [])).to.not.match(/"(sh|bash|\/bin\/sh)"/);
  });

  it('waits for a Secret that it names, and says which', async () => {
    const action = anAgentAction('status', 'invoke', 'shop');
    const body = action.build();
    await world().api.create(AGENT_ACTIONS, {
      metadata: { ...body.metadata, namespace: world().namespace },
      spec: { args: body.spec.args, secrets: ['token'] },
    });
    const ready = await untilNotReady(AGENT_ACTIONS, 'status', 'SecretNotFound');
    expect(ready.message).to.include('token');
    await create(aSecret('token').withValue('s3cret'));
    await untilReady(AGENT_ACTIONS, 'status');
  });

  it('names an AgentConfig that does not exist', async () => {
    await create(anAgentAction('status', 'invoke', 'shop').withAgentConfig('nosuch'));
    const ready = await untilNotReady(AGENT_ACTIONS, 'status', 'AgentConfigNotFound');
    expect(ready.message).to.include('nosuch');
  });

  it('runs as its AgentConfig says', async () => {
    await create(
      anAgentConfig('big').with({
        porterRepository: 'registry.test/agent',
        porterVersion: 'v9',
        agent: 'Porter',
        activeDeadlineSeconds: 77,
        pullPolicy: 'Never',
      }),
    );
    await create(anAgentAction('status', 'invoke', 'shop').withAgentConfig('big'));
    await untilReady(AGENT_ACTIONS, 'status');
    const pod = agentPods()[0];
    const agent = pod?.spec?.containers.find(({ name }) => name === 'porter-agent');
    expect(agent).to.include({ image: 'registry.test/agent:v9', imagePullPolicy: 'Never' });
    const [job] = await list(JOBS);
    expect(job?.spec?.activeDeadlineSeconds).to.equal(77);
  });

  it('owns its Job, whose name is a label value too', async () => {
    await create(anAgentAction('status', 'invoke', 'shop'));
    await untilReady(AGENT_ACTIONS, 'status');
    const [job] = await list(JOBS);
    expect(job?.metadata.name.length).to.be.at.most(63);
    expect(job?.metadata.ownerReferences?.[0]).to.include({ kind: 'AgentAction', name: 'status', controller: true });
  });

  it('does not touch a Job of somebody else that has its name, and says so', async () => {
    await world().operator.kill();
    const action = await create(anAgentAction('status', 'invoke', 'shop'));
    const { job: name } = namesOf(action, { generation: 1, retry: '' });
    const foreign = await world().api.create(JOBS, {
      metadata: { name, namespace: world().namespace },
      spec: {
        suspend: true,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'theirs', image: 'registry.test/theirs' }] } },
      },
    });
    await world().operator.start();
    const ready = await untilNotReady(AGENT_ACTIONS, 'status', 'NameTaken');
    expect(ready.message).to.include(`Job ${name}`);
    await afterOperatorHasLooked(() => expect(agentPods()).to.have.lengthOf(0));
    const { metadata, spec } = await get(JOBS, name);
    expect(metadata).to.include({ uid: foreign.metadata.uid, generation: foreign.metadata.generation });
    expect(metadata.ownerReferences).to.equal(undefined);
    expect(spec).to.deep.equal(foreign.spec);
  });

  it('runs anew when its spec changes', async () => {
    await create(anAgentAction('status', 'invoke', 'shop'));
    await untilReady(AGENT_ACTIONS, 'status');
    await change(AGENT_ACTIONS, 'status', { spec: { args: ['invoke', 'store'] } });
    await untilReady(AGENT_ACTIONS, 'status');
    expect(agentCommands()).to.deep.equal(['invoke shop', 'invoke store']);
  });

  it('with a name of 253 characters runs like any other', async () => {
    const name = `${'a'.repeat(240)}.${'b'.repeat(12)}`;
    await create(anAgentAction(name, 'invoke', 'shop'));
    await untilReady(AGENT_ACTIONS, name);
    expect(agentPods()).to.have.lengthOf(1);
  });
});
