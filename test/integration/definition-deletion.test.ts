import { expect } from 'chai';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../runtime/client/index.js';
import type { CustomResourceDefinition } from '../../runtime/client/index.js';
import { anInstallation } from '../support/builders.js';
import { Cluster } from '../support/cluster.js';
import { PATIENCE_MS, eventually } from '../support/eventually.js';
import { agentCommands, create, runsOf, untilReady, world } from './world.js';

const DEFINITION = { name: 'installations.getporter.org' };
/** All Installations that other tests have left go with it, each by passes of its own. */
const GONE_MS = 3 * PATIENCE_MS;

/** Nobody else's cluster loses its Installations by a test. */
if (!Cluster.isGiven()) {
  describe('The CRD of Installations', () => {
    let original: CustomResourceDefinition;

    before(async () => {
      original = await world().api.get(CUSTOM_RESOURCE_DEFINITIONS, DEFINITION);
    });

    // Whatever became of a test: all others need the kind.
    afterEach(() => restore(original));

    it('when deleted goes with all Installations: what is installed stays, and nothing is run', async () => {
      await create(anInstallation());
      await untilReady(INSTALLATIONS, 'shop');
      await world().api.delete(CUSTOM_RESOURCE_DEFINITIONS, DEFINITION);
      await untilDefinitionGone();
      expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install']);
      expect(agentCommands()).to.have.lengthOf(1);
    });

    it('when it has gone and is back is heeded again without a restart of the operator', async () => {
      const { starts } = world().operator;
      await world().api.delete(CUSTOM_RESOURCE_DEFINITIONS, DEFINITION);
      await untilDefinitionGone();
      await restore(original);
      await create(anInstallation());
      await untilReady(INSTALLATIONS, 'shop');
      expect(agentCommands()).to.have.lengthOf(1);
      expect(world().operator.isRunning && world().operator.starts === starts, 'the same operator').to.equal(true);
    });
  });
}

async function untilDefinitionGone(): Promise<void> {
  const gone = async () => (await world().api.find(CUSTOM_RESOURCE_DEFINITIONS, DEFINITION)) === undefined;
  await eventually('the CRD is gone', gone, GONE_MS);
}

/** Creates the CRD again, unless it is there to stay, and waits until its kind is served. */
async function restore({ metadata: { name, annotations }, spec }: CustomResourceDefinition): Promise<void> {
  const { api } = world();
  const found = await api.find(CUSTOM_RESOURCE_DEFINITIONS, DEFINITION);
  if (found?.metadata.deletionTimestamp !== undefined) await untilDefinitionGone();
  if (found === undefined || found.metadata.deletionTimestamp !== undefined) {
    await api.create(CUSTOM_RESOURCE_DEFINITIONS, { metadata: { name, annotations }, spec });
  }
  await eventually('Installations are served', () => api.list(INSTALLATIONS));
}
