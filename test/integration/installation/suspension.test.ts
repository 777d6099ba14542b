import { expect } from 'chai';
import { INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { anInstallation } from '../../support/builders.js';
import { throughout } from '../../support/eventually.js';
import { succeeds } from '../../support/pod-plays.js';
import { agentCommands, change, create, hold, remove, until, untilGone, untilNotReady, untilReady } from '../world.js';

describe('A suspended Installation', () => {
  it('says so and starts nothing until it is resumed', async () => {
    await create(anInstallation().with({ suspend: true }));
    await untilNotReady(INSTALLATIONS, 'shop', 'Suspended');
    await throughout(1000, () => expect(agentCommands()).to.have.lengthOf(0));
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
    await until(INSTALLATIONS, 'shop', ({ metadata, status }) => status?.observedGeneration === metadata.generation);
    expect(agentCommands()).to.have.lengthOf(1);
    await change(INSTALLATIONS, 'shop', { spec: { suspend: false } });
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('that is deleted does not hang for ever without a reason', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { suspend: true } });
    await remove(INSTALLATIONS, 'shop');
    await untilNotReady(INSTALLATIONS, 'shop', 'Suspended').catch(() => untilGone(INSTALLATIONS, 'shop'));
  });
});
