import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { JOBS, SECRETS } from '../../../runtime/client/index.js';
import { anInstallation } from '../../support/builders.js';
import {
  agentCommands,
  condition,
  create,
  eventsOf,
  get,
  hold,
  list,
  runsOf,
  untilNotReady,
  untilReady,
  until,
  world,
} from '../world.js';
import { succeeds } from '../../support/pod-plays.js';

describe('A new Installation', () => {
  it('says what it is doing, then that it is Ready', async () => {
    const run = hold();
    await create(anInstallation());
    const installing = await until(INSTALLATIONS, 'shop', (shop) => {
      expect(condition(shop, 'Reconciling')).to.include({ status: 'True' });
      expect(condition(shop, 'Ready')).to.include({ status: 'False' });
    });
    expect(condition(installing, 'Reconciling')?.message).to.match(/\w+ \w+/, 'a sentence, not a word');
    run.ends(succeeds());
    const ready = await untilReady(INSTALLATIONS, 'shop');
    expect(condition(ready, 'Ready')?.reason).to.equal('Installed');
    expect(condition(ready, 'Reconciling')?.status).to.equal('False');
    expect(condition(ready, 'Stalled')?.status).to.equal('False');
  });

  it('names bundle, run, attempt and times in its status', async () => {
    await create(anInstallation());
    const { status, metadata } = await untilReady(INSTALLATIONS, 'shop');
    const [run] = await runsOf('shop');
    expect(status).to.deep.include({
      observedGeneration: metadata.generation,
      phase: 'Succeeded',
      lastAction: 'install',
      attempt: 1,
    });
    expect(status?.completed).to.deep.equal({ generation: metadata.generation, attempt: 1, result: 'Succeeded' });
    expect(status?.bundle).to.include({ reference: 'registry.test/hello:v0.3.0', version: '0.3.0' });
    expect(status?.bundle?.digest).to.match(/^sha256:[0-9a-f]{64}$/);
    expect(status?.run).to.include({ id: run?._id, result: 'succeeded' });
    expect(Date.parse(status?.run?.startedAt ?? '')).to.be.greaterThan(0);
    expect(Date.parse(status?.run?.finishedAt ?? '')).to.be.at.least(Date.parse(status?.run?.startedAt ?? ''));
    expect(Date.parse(status?.installed ?? '')).to.be.greaterThan(0);
  });

  it('tells its story in the columns of kubectl get', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const [row] = await world().api.table(INSTALLATIONS, world().namespace);
    expect(row).to.include({ Name: 'shop', 'Porter Name': 'shop', 'Last Status': 'Succeeded', Version: '0.3.0' });
    expect(row).to.include({ Ready: 'True', Reason: 'Installed' });
  });

  it('leaves events that kubectl describe shows', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const events = await until(INSTALLATIONS, 'shop', async () => {
      expect((await eventsOf('shop')).map(({ reason }) => reason)).to.include('Installed');
    }).then(() => eventsOf('shop'));
    expect(events.map(({ type }) => type)).to.not.include('Warning');
    for (const event of events) expect(event.message, event.reason).to.match(/\w+ \w+/);
  });

  it('runs the agent exactly once', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.deep.equal(['installation apply installation.yaml']);
    expect(await list(AGENT_ACTIONS)).to.have.lengthOf(1);
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install']);
  });

  it('has an AgentAction with the labels by which other tools find it', async () => {
    await create(anInstallation().withLabel('team', 'web'));
    const { metadata, status } = await untilReady(INSTALLATIONS, 'shop');
    const action = await get(AGENT_ACTIONS, status?.action?.name ?? '');
    expect(action.metadata.labels).to.include({
      'getporter.org/managed': 'true',
      'getporter.org/resourceKind': 'Installation',
      'getporter.org/resourceName': 'shop',
      'getporter.org/resourceGeneration': String(metadata.generation),
    });
    expect(action.metadata.ownerReferences?.[0]).to.include({
      kind: 'Installation',
      uid: metadata.uid,
      controller: true,
    });
    expect(action.status?.verdict).to.include({ source: 'StateStore', result: 'Succeeded' });
  });

  it('hands Porter the document it expects, and nothing else of the spec', async () => {
    await create(
      anInstallation().with({
        labels: { tier: 'web' },
        parameters: { replicas: 3, debug: true },
        suspend: false,
        historyLimit: 3,
      }),
    );
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    const action = await get(AGENT_ACTIONS, status?.action?.name ?? '');
    const document = Buffer.from(action.spec.files?.['installation.yaml'] ?? '', 'base64').toString();
    expect(
      document
        .trim()
        .split('\n')
        .map((line) => line.trim()),
    ).to.deep.equal([
      'schemaVersion: 1.0.2',
      'name: shop',
      'namespace: dev',
      'bundle:',
      'repository: registry.test/hello',
      'version: 0.3.0',
      'labels:',
      'tier: web',
      'parameters:',
      'debug: true',
      'replicas: 3',
    ]);
  });

  it('refuses a whole number that it could not hand on digit by digit, and names the field', async () => {
    const { apiVersion, kind } = { apiVersion: 'getporter.org/v1', kind: 'Installation' };
    const { metadata, spec } = anInstallation().withParameters({ big: 1 }).build();
    const text = JSON.stringify({ apiVersion, kind, metadata, spec }).replace('"big":1', '"big":9007199254740993');
    await world().api.createText(INSTALLATIONS, world().namespace, text);
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'InvalidSpec');
    expect(ready.message).to.include('spec.parameters.big');
    expect(agentCommands()).to.have.lengthOf(0);
  });

  it('runs with a restricted Pod that is limited in time and ends at the first failure', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const [job] = await list(JOBS, 'getporter.org/jobType=porter-agent');
    const pod = job?.spec?.template.spec;
    expect(job?.spec).to.include({ backoffLimit: 0, activeDeadlineSeconds: 3600 });
    expect(pod?.securityContext).to.deep.include({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const container of [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])]) {
      expect(container.securityContext, container.name).to.deep.include({ allowPrivilegeEscalation: false });
      expect(container.securityContext?.capabilities?.drop, container.name).to.deep.equal(['ALL']);
    }
  });

  it('gives the finished Job a time to live only when the result is in the status', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    const [running] = await list(JOBS, 'getporter.org/jobType=porter-agent');
    expect(running?.spec?.ttlSecondsAfterFinished).to.equal(undefined);
    run.ends(succeeds());
    await untilReady(INSTALLATIONS, 'shop');
    await until(JOBS, running?.metadata.name ?? '', (job) => job.spec?.ttlSecondsAfterFinished === 600);
  });

  it('leaves nothing behind that is not owned, but the values that an uninstall needs', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const secrets = await list(SECRETS, 'getporter.org/managed=true');
    const owned = secrets.filter(({ metadata }) => metadata.ownerReferences?.length === 1);
    expect(owned).to.not.have.lengthOf(0);
    const others = secrets.filter((secret) => !owned.includes(secret)).map(({ metadata }) => metadata.name);
    expect(others).to.have.lengthOf(1);
    expect(others[0]).to.match(/^values-shop-/);
  });

  it('writes nothing more once it is Ready', async () => {
    await create(anInstallation());
    const { metadata } = await untilReady(INSTALLATIONS, 'shop');
    await until(
      JOBS,
      (await list(JOBS, 'getporter.org/jobType=porter-agent'))[0]?.metadata.name ?? '',
      (job) => job.spec?.ttlSecondsAfterFinished !== undefined,
    );
    await world().operator.restart();
    await create(anInstallation('later'));
    await untilReady(INSTALLATIONS, 'later');
    expect((await get(INSTALLATIONS, 'shop')).metadata.resourceVersion).to.equal(metadata.resourceVersion);
  });

  it('works with names as long as Kubernetes allows', async () => {
    const name = `${'a'.repeat(200)}.${'b'.repeat(40)}`;
    await create(anInstallation(name));
    const { status } = await untilReady(INSTALLATIONS, name);
    expect(status?.action?.name.length).to.be.at.most(63);
  });

  it('keeps two apart whose long names differ at the end only', async () => {
    const names = ['x', 'y'].map((end) => `${'a'.repeat(100)}-${end}`);
    await Promise.all(names.map((name) => create(anInstallation(name))));
    await Promise.all(names.map((name) => untilReady(INSTALLATIONS, name)));
    expect(agentCommands()).to.have.lengthOf(2);
  });
});
