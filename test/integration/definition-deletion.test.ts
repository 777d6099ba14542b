import { expect } from 'chai';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../runtime/client/index.js';
import { anInstallation } from '../support/builders.js';
import { Cluster } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { agentCommands, create, runsOf, untilReady, world } from './world.js';

const DEFINITION = { name: 'installations.getporter.org' };

/** Nobody else's cluster loses its Installations by a test. */
if (!Cluster.isGiven()) {
  describe('The CRD of Installations', () => {
    it('when deleted goes with all Installations: what is installed stays, and nothing is run', async () => {
      const definition = await world().api.get(CUSTOM_RESOURCE_DEFINITIONS, DEFINITION);
      await create(anInstallation());
      await untilReady(INSTALLATIONS, 'shop');
      await world().api.delete(CUSTOM_RESOURCE_DEFINITIONS, DEFINITION);
      const gone = async () => (await world().api.find(CUSTOM_RESOURCE_DEFINITIONS, DEFINITION)) === undefined;
      await eventually('the CRD is gone', gone, 45_000);
      expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install']);
      expect(agentCommands()).to.have.lengthOf(1);
      const { apiVersion, kind, metadata, spec } = definition;
      const { name, annotations } = metadata;
      await world().api.create(CUSTOM_RESOURCE_DEFINITIONS, {
        apiVersion,
        kind,
        metadata: { name, annotations },
        spec,
      });
    });

    it('when it is back is served again without a restart of the operator', async () => {
      await eventually('Installations are served', () => create(anInstallation()), 30_000);
      await untilReady(INSTALLATIONS, 'shop', 60_000);
      expect(agentCommands()).to.have.lengthOf(1);
    });
  });
}
