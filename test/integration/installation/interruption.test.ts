import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS, PARAMETER_SETS } from '../../../api/porter/v1/resources.js';
import { ANNOTATIONS, FINALIZER } from '../../../api/porter/v1/well-known.js';
import { JOBS, keyOf } from '../../../runtime/client/index.js';
import type { Pod, Stored } from '../../../runtime/client/index.js';
import { anInstallation, aParameterSet } from '../../support/builders.js';
import { eventually } from '../../support/eventually.js';
import { cannotPullImage, fails, succeeds } from '../../support/pod-plays.js';
import {
  afterOperatorHasLooked,
  agentCommands,
  agentPods,
  change,
  condition,
  create,
  get,
  hold,
  list,
  remove,
  runsOf,
  script,
  until,
  untilGone,
  untilNotReady,
  untilReady,
  world,
} from '../world.js';

const AGENT_JOBS = 'getporter.org/jobType=porter-agent';

function jobOf(pod: Stored<Pod> | undefined): string {
  return pod?.metadata.labels?.['batch.kubernetes.io/job-name'] ?? '';
}

/** One AgentAction, and for it a second Job in the stead of the first. */
async function expectLaunchedAgain(): Promise<void> {
  await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(2));
  expect(new Set(agentPods().map(jobOf))).to.have.lengthOf(2);
  expect(await list(AGENT_ACTIONS)).to.have.lengthOf(1);
}

/** Moments in the life of a run at which the operator may die, and how a test knows that they have come. */
const MOMENTS: Record<string, () => Promise<unknown>> = {
  'the Installation has been created': () => get(INSTALLATIONS, 'shop'),
  'it has its finalizer': () =>
    until(INSTALLATIONS, 'shop', ({ metadata }) => metadata.finalizers?.includes(FINALIZER) === true),
  'its AgentAction exists': () => eventually('an AgentAction', async () => (await list(AGENT_ACTIONS))[0]),
  'its Job exists': () => eventually('a Job', async () => (await list(JOBS, AGENT_JOBS))[0]),
  'its run is recorded': () => eventually('a run', async () => (await runsOf('shop'))[0]),
  'its Job has ended': () =>
    eventually('a finished Job', async () => (await list(JOBS, AGENT_JOBS))[0]?.status?.completionTime),
};

describe('An operator that is killed', () => {
  for (const [moment, hasCome] of Object.entries(MOMENTS)) {
    it(`when ${moment} goes on after its restart, and nothing runs twice`, async () => {
      await create(anInstallation());
      await hasCome();
      await world().operator.kill();
      await world().operator.start();
      const { status } = await untilReady(INSTALLATIONS, 'shop');
      expect(await runsOf('shop')).to.have.lengthOf(1);
      expect(agentCommands()).to.have.lengthOf(1);
      expect(await list(AGENT_ACTIONS)).to.have.lengthOf(1);
      expect(status?.completed).to.include({ attempt: 1, result: 'Succeeded' });
    });
  }

  it('again and again makes progress in every life', async () => {
    const names = ['one', 'two', 'three', 'four', 'five'];
    await Promise.all(names.map((name) => create(anInstallation(name))));
    for (let life = 0; life < 4; life += 1) {
      await world().operator.kill();
      await world().operator.start();
    }
    for (const name of names) {
      await untilReady(INSTALLATIONS, name);
      expect(await runsOf(name), name).to.have.lengthOf(1);
    }
  });

  it('and stays away for the whole run finds the result when it is back', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    await world().operator.kill();
    run.ends(succeeds());
    await eventually('the Job is complete', async () => (await list(JOBS, AGENT_JOBS))[0]?.status?.completionTime);
    await world().operator.start();
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    expect(status?.run?.id).to.equal((await runsOf('shop'))[0]?._id);
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('and stays away for a run that fails tells of the failure when it is back', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    await world().operator.kill();
    run.ends(fails('told to fail'));
    await eventually('the Job has failed', async () => (await list(JOBS, AGENT_JOBS))[0]?.status?.failed);
    await world().operator.start();
    await untilNotReady(INSTALLATIONS, 'shop', ['BundleFailed', 'RunFailed', 'AgentFailed']);
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('and finds the Job gone when it is back asks the records, and runs nothing again', async () => {
    const run = hold();
    await create(anInstallation());
    const pod = await run.started();
    await world().operator.kill();
    run.ends(succeeds());
    await eventually(
      'the run is recorded',
      async () => (await world().records.installation(world().namespace, 'shop'))?.status.resultStatus === 'succeeded',
    );
    await remove(JOBS, jobOf(pod));
    await untilGone(JOBS, jobOf(pod));
    await world().operator.start();
    await untilReady(INSTALLATIONS, 'shop');
    expect(await runsOf('shop')).to.have.lengthOf(1);
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('misses no change that was made while it was away', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await world().operator.kill();
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
    await create(anInstallation('other'));
    await world().operator.start();
    await Promise.all([untilReady(INSTALLATIONS, 'shop'), untilReady(INSTALLATIONS, 'other')]);
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'upgrade']);
  });
});

describe('An operator that is asked to end', () => {
  it('ends in order with exit code 0, also in mid-run, and goes on later', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    expect(await world().operator.stop()).to.equal(0);
    run.ends(succeeds());
    await world().operator.start();
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(1);
  });
});

describe('What somebody takes away behind the operator’s back', () => {
  it('a finished Job: nothing runs again', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const [job] = await list(JOBS, AGENT_JOBS);
    await remove(JOBS, job?.metadata.name ?? '');
    await untilGone(JOBS, job?.metadata.name ?? '');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
    await untilReady(INSTALLATIONS, 'shop');
  });

  it('a finished AgentAction: nothing runs again', async () => {
    await create(anInstallation());
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    await remove(AGENT_ACTIONS, status?.action?.name ?? '');
    await untilGone(AGENT_ACTIONS, status?.action?.name ?? '');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
    await untilReady(INSTALLATIONS, 'shop');
  });

  it('a Job in mid-run: no result is on record, the outcome is not guessed, and nothing runs again', async () => {
    const run = hold();
    await create(anInstallation());
    const pod = await run.started();
    await remove(JOBS, jobOf(pod));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'RunResultMissing');
    expect(ready.message).to.include(ANNOTATIONS.retry);
    await until(INSTALLATIONS, 'shop', (shop) => condition(shop, 'Stalled')?.status === 'True');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install']);
  });

  it('a Job whose agent never began: the records know of no run, and it is launched again, once', async () => {
    script(cannotPullImage('registry.test/porterops:test'));
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'ImagePullFailed');
    await remove(JOBS, jobOf(agentPods()[0]));
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    expect(status?.completed).to.include({ attempt: 1, result: 'Succeeded' });
    await expectLaunchedAgain();
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install']);
  });

  it('the Job of a set in mid-run: applying is repeated, once', async () => {
    const run = hold();
    await create(aParameterSet('sizes').withValue('name', 'large'));
    await remove(JOBS, jobOf(await run.started()));
    const { status } = await untilReady(PARAMETER_SETS, 'sizes');
    expect(status?.completed).to.include({ attempt: 1, result: 'Succeeded' });
    await expectLaunchedAgain();
  });

  it('the status: it comes back from the records, and nothing runs again', async () => {
    await create(anInstallation());
    const before = await untilReady(INSTALLATIONS, 'shop');
    await world().api.patchStatus(INSTALLATIONS, keyOf(before), { status: null });
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    expect(status?.run?.id).to.equal(before.status?.run?.id);
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
  });

  it('everything but the spec, as after a backup was restored: the matching record is adopted', async () => {
    await create(anInstallation());
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    await world().operator.kill();
    await change(INSTALLATIONS, 'shop', { metadata: { finalizers: null } });
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATIONS, 'shop');
    await untilGone(AGENT_ACTIONS, status?.action?.name ?? '');
    await create(anInstallation());
    await world().operator.start();
    await untilReady(INSTALLATIONS, 'shop');
    expect(await runsOf('shop')).to.have.lengthOf(1);
  });

  it('the finalizer: it is put back', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { metadata: { finalizers: null } });
    await until(INSTALLATIONS, 'shop', ({ metadata }) => metadata.finalizers?.includes(FINALIZER) === true);
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
  });

  it('a failed run’s Job: the failure stays told and nothing runs again', async () => {
    script(fails('told to fail'));
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', ['BundleFailed', 'RunFailed', 'AgentFailed']);
    const [job] = await list(JOBS, AGENT_JOBS);
    await remove(JOBS, job?.metadata.name ?? '');
    await untilGone(JOBS, job?.metadata.name ?? '');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
    await untilNotReady(INSTALLATIONS, 'shop', ['BundleFailed', 'RunFailed', 'AgentFailed']);
  });
});
