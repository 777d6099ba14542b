import { expect } from 'chai';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { JOBS } from '../../runtime/client/index.js';
import { anInstallation } from '../support/builders.js';
import { eventually } from '../support/eventually.js';
import { succeeds } from '../support/pod-plays.js';
import { agentCommands, create, get, hold, list, runsOf, untilNotReady, untilReady, world } from './world.js';

const AGENT_JOBS = 'getporter.org/jobType=porter-agent';

describe('A state store that cannot be reached', () => {
  afterEach(async () => {
    if (!world().stateStore.isRunning) await world().stateStore.start();
  });

  it('is told, and no run is started until it is back', async () => {
    await world().stateStore.kill();
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'StateStoreUnavailable');
    expect(agentCommands()).to.have.lengthOf(0);
    await world().stateStore.start();
    await untilReady(INSTALLATIONS, 'shop');
    expect(await runsOf('shop')).to.have.lengthOf(1);
  });

  it('when a run ends delays the verdict and never guesses it', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    await world().operator.kill();
    run.ends(succeeds());
    await eventually('the run is recorded', async () => (await runsOf('shop'))[0]);
    await eventually('the Job has ended', async () => (await list(JOBS, AGENT_JOBS))[0]?.status?.completionTime);
    await world().stateStore.kill();
    await world().operator.start();
    await untilNotReady(INSTALLATIONS, 'shop', 'StateStoreUnavailable');
    expect((await get(INSTALLATIONS, 'shop')).status?.completed).to.equal(undefined);
    expect(agentCommands()).to.have.lengthOf(1);
    await world().stateStore.start();
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('that is started again still has every record', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const before = await runsOf('shop');
    await world().stateStore.kill();
    await world().stateStore.start();
    expect(await runsOf('shop')).to.deep.equal(before);
  });
});
