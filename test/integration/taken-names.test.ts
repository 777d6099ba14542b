import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { childName } from '../../controllers/agent-run/child-name.js';
import { anAgentAction, anInstallation } from '../support/builders.js';
import { change, condition, create, get, remove, untilNotReady, untilReady } from './world.js';

describe('An AgentAction of somebody else with the name of a run', () => {
  it('is told to be in the way, and the run follows when it is gone', async () => {
    await create(anInstallation().with({ suspend: true }));
    await untilNotReady(INSTALLATIONS, 'shop', 'Suspended');
    const { metadata } = await get(INSTALLATIONS, 'shop');
    const run = { kind: 'Installation', uid: metadata.uid, generation: 2, attempt: 1, step: 'apply' };
    const name = childName('shop', run);
    await create(anAgentAction(name, 'version'));
    await untilReady(AGENT_ACTIONS, name);
    await change(INSTALLATIONS, 'shop', { spec: { suspend: false } });
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'NameTaken');
    expect(ready.message).to.include(name);
    expect(condition(await get(INSTALLATIONS, 'shop'), 'Stalled')?.status).to.equal('True');
    await remove(AGENT_ACTIONS, name);
    await untilReady(INSTALLATIONS, 'shop');
  });
});
