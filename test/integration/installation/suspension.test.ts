import { expect } from 'chai';
import { INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import { anInstallation } from '../../support/builders.js';
import { succeeds } from '../../support/pod-plays.js';
import {
  afterOperatorHasLooked,
  agentCommands,
  annotate,
  change,
  create,
  get,
  hold,
  remove,
  runsOf,
  until,
  untilGone,
  untilNotReady,
  untilReady,
} from '../world.js';

describe('A suspended Installation', () => {
  it('says so and starts nothing until it is resumed', async () => {
    await create(anInstallation().with({ suspend: true }));
    await untilNotReady(INSTALLATIONS, 'shop', 'Suspended');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(0));
    await change(INSTALLATIONS, 'shop', { spec: { suspend: false } });
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('lets a running run end and keeps its result', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    await change(INSTALLATIONS, 'shop', { spec: { suspend: true } });
    run.ends(succeeds());
    await until(INSTALLATIONS, 'shop', ({ status }) => status?.completed?.result === 'Succeeded');
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('does not upgrade while it is suspended, and afterwards once', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { suspend: true, parameters: { name: 'two' } } });
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'three' } } });
    await untilNotReady(INSTALLATIONS, 'shop', 'Suspended');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
    await change(INSTALLATIONS, 'shop', { spec: { suspend: false } });
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('that is deleted stays and says what lets it go, and is uninstalled when it is resumed', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { suspend: true } });
    await untilNotReady(INSTALLATIONS, 'shop', 'Suspended');
    await remove(INSTALLATIONS, 'shop');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
    expect((await get(INSTALLATIONS, 'shop')).metadata.deletionTimestamp).to.be.a('string');
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'Suspended');
    expect(ready.message).to.include('spec.suspend').and.to.include(ANNOTATIONS.deletionPolicy);
    await change(INSTALLATIONS, 'shop', { spec: { suspend: false } });
    await untilGone(INSTALLATIONS, 'shop');
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'uninstall']);
  });

  it('that is deleted is let go by the policy orphan without a run', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { suspend: true } });
    await remove(INSTALLATIONS, 'shop');
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.deletionPolicy, 'orphan');
    await untilGone(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(1);
  });
});
