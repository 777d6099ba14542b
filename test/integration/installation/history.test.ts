import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { LABELS } from '../../../api/porter/v1/well-known.js';
import { anInstallation } from '../../support/builders.js';
import { eventually } from '../../support/eventually.js';
import { afterOperatorHasLooked, change, create, list, untilReady } from '../world.js';

describe('The history of an Installation', () => {
  it('keeps as many finished AgentActions as historyLimit says, the newest', async () => {
    await create(anInstallation().with({ historyLimit: 2 }));
    await untilReady(INSTALLATIONS, 'shop');
    for (const name of ['two', 'three', 'four']) {
      await change(INSTALLATIONS, 'shop', { spec: { parameters: { name } } });
      await untilReady(INSTALLATIONS, 'shop');
    }
    await untilKept('3', '4');
    await afterOperatorHasLooked(() => untilKept('3', '4'));
  });

  it('with the limit 0 keeps none but the current one', async () => {
    await create(anInstallation().with({ historyLimit: 0 }));
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
    await untilReady(INSTALLATIONS, 'shop');
    await untilKept('2');
    await afterOperatorHasLooked(() => untilKept('2'));
  });
});

/** Waits until the AgentActions that are left are those for these generations of the Installation, oldest first. */
async function untilKept(...generations: string[]): Promise<void> {
  await eventually('the old AgentActions are gone, and no others', async () => {
    const kept = (await list(AGENT_ACTIONS)).map(({ metadata }) => metadata.labels?.[LABELS.resourceGeneration]);
    expect(kept.sort()).to.deep.equal(generations);
    return true;
  });
}
