import { expect } from 'chai';
import { AGENT_ACTIONS, CREDENTIAL_SETS, INSTALLATIONS, PORTER_CONFIGS } from '../../api/porter/v1/resources.js';
import { aCredentialSet, anAgentAction, anInstallation, aSecret } from '../support/builders.js';
import { eventually } from '../support/eventually.js';
import { agentCommands, condition, create, list, untilNotReady, untilReady, world } from './world.js';

/** Far more than there are workers, which wait 10 s for a store that does not answer. */
const CROWD = 60;

describe('While the state store is away', () => {
  beforeEach(async () => {
    await world().stateStore.kill();
  });

  afterEach(async () => {
    if (!world().stateStore.isRunning) await world().stateStore.start();
  });

  it('neither sets nor commands of users are started, and both follow when it is back', async () => {
    await create(aSecret('token').withValue('s3cret'));
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    await create(anAgentAction('status', 'invoke', 'shop'));
    await untilNotReady(CREDENTIAL_SETS, 'aws', 'StateStoreUnavailable');
    await untilNotReady(AGENT_ACTIONS, 'status', 'StateStoreUnavailable');
    expect(agentCommands()).to.deep.equal([]);
    await world().stateStore.start();
    await untilReady(CREDENTIAL_SETS, 'aws');
    await untilReady(AGENT_ACTIONS, 'status');
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('a crowd that waits for it keeps nobody waiting who does not need it', async () => {
    const aloneMs = await installedElsewhere();
    const crowded = await world().newNamespace();
    await Promise.all(Array.from({ length: CROWD }, (_, i) => create(anInstallation(`shop-${i}`))));
    await world().newNamespace();
    // Each pass that had to wait for a worker would take 10 s more, and there are several.
    expect(await installedElsewhere()).to.be.below(3 * aloneMs + 15_000);
    world().namespace = crowded;
    await eventually('all of the crowd have been told', async () => {
      const ready = (await list(INSTALLATIONS)).map((each) => condition(each, 'Ready')?.reason);
      expect(ready.filter((reason) => reason === 'StateStoreUnavailable')).to.have.lengthOf(CROWD);
      return true;
    });
  });
});

/** How long an Installation takes to be Ready that needs another store than the one that is away, in milliseconds. */
async function installedElsewhere(): Promise<number> {
  const begun = performance.now();
  await world().api.create(PORTER_CONFIGS, {
    metadata: { namespace: world().namespace, name: 'default' },
    spec: { 'default-storage-plugin': 'elsewhere' },
  });
  await create(anInstallation());
  await untilReady(INSTALLATIONS, 'shop');
  return performance.now() - begun;
}
