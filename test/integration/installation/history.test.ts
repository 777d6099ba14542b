import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { anInstallation } from '../../support/builders.js';
import { eventually } from '../../support/eventually.js';
import { change, create, list, untilReady } from '../world.js';

describe('The history of an Installation', () => {
  it('keeps as many finished AgentActions as historyLimit says, the newest', async () => {
    await create(anInstallation().with({ historyLimit: 2 }));
    await untilReady(INSTALLATIONS, 'shop');
    for (const name of ['two', 'three', 'four']) {
      await change(INSTALLATIONS, 'shop', { spec: { parameters: { name } } });
      await untilReady(INSTALLATIONS, 'shop');
    }
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    const kept = await eventually('the old ones are gone', async () => {
      const actions = await list(AGENT_ACTIONS);
      return actions.length <= 3 ? actions.map(({ metadata }) => metadata.name) : undefined;
    });
    expect(kept).to.include(status?.action?.name);
  });

  it('with the limit 0 keeps none but the current one', async () => {
    await create(anInstallation().with({ historyLimit: 0 }));
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
    await untilReady(INSTALLATIONS, 'shop');
    await eventually('at most one is left', async () => (await list(AGENT_ACTIONS)).length <= 1);
  });
});
