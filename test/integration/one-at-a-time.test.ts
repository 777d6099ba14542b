import { expect } from 'chai';
import { AGENT_ACTIONS } from '../../api/porter/v1/resources.js';
import { anAgentAction, PORTER_NAMESPACE } from '../support/builders.js';
import { eventually } from '../support/eventually.js';
import { succeeds } from '../support/pod-plays.js';
import { afterOperatorHasLooked, agentPods, condition, hold, list, untilReady, world } from './world.js';

const INSTALLATION = { namespace: PORTER_NAMESPACE, name: 'shop' };
const NAMES = ['one', 'two', 'three'];

describe('AgentActions that are created together for one Porter installation', () => {
  it('run one after the other', async () => {
    const runs = NAMES.map(() => hold());
    const { namespace } = world();
    await Promise.all(
      NAMES.map((name) => {
        const { metadata, spec } = anAgentAction(name, 'invoke', 'shop', '--action', 'status').build();
        const action = { metadata: { ...metadata, namespace }, spec: { ...spec, installation: INSTALLATION } };
        return world().api.create(AGENT_ACTIONS, action);
      }),
    );
    for (const [index, run] of runs.entries()) {
      await run.started();
      await eventually('the others wait', async () => (await waiting()).length === NAMES.length - 1 - index);
      await afterOperatorHasLooked(() => expect(agentPods()).to.have.lengthOf(index + 1));
      run.ends(succeeds());
    }
    for (const name of NAMES) await untilReady(AGENT_ACTIONS, name);
    expect(agentPods()).to.have.lengthOf(NAMES.length);
  });
});

async function waiting(): Promise<unknown[]> {
  const actions = await list(AGENT_ACTIONS);
  return actions.filter((action) => condition(action, 'Ready')?.reason === 'RunInProgress');
}
