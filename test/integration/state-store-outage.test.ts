import { expect } from 'chai';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { anInstallation } from '../support/builders.js';
import { throughout } from '../support/eventually.js';
import { succeeds } from '../support/pod-plays.js';
import { agentCommands, create, hold, runsOf, untilNotReady, untilReady, world } from './world.js';

const OUTAGE_MS = 40_000;

describe('A state store that cannot be reached', () => {
  afterEach(async () => {
    if (!world().stateStore.isRunning) await world().stateStore.start();
  });

  it('is told, and no run is started until it is back', async () => {
    await world().stateStore.kill();
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'StateStoreUnavailable', OUTAGE_MS);
    expect(agentCommands()).to.have.lengthOf(0);
    await world().stateStore.start();
    await untilReady(INSTALLATIONS, 'shop', OUTAGE_MS);
    expect(await runsOf('shop')).to.have.lengthOf(1);
  });

  it('when a run ends delays the verdict and never guesses it', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    const stopped = world().porter.recorded;
    run.ends(succeeds());
    await stopped;
    await world().stateStore.kill();
    await throughout(1500, () => expect(agentCommands()).to.have.lengthOf(1));
    await world().stateStore.start();
    await untilReady(INSTALLATIONS, 'shop', OUTAGE_MS);
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
