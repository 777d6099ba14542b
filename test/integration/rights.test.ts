import { expect } from 'chai';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import type { Resource } from '../../runtime/client/index.js';
import { anInstallation } from '../support/builders.js';
import { agentCommands, create, list, remove, untilNotReady, untilReady, world } from './world.js';

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: true };
const ROLE_BINDINGS: Resource = { ...RBAC, kind: 'RoleBinding', plural: 'rolebindings' };

describe('A namespace whose administrator has not let agents in', () => {
  it('is told with the command that does it, and the run starts afterwards', async () => {
    for (const { metadata } of await list(ROLE_BINDINGS)) await remove(ROLE_BINDINGS, metadata.name);
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'RightsMissing');
    expect(ready.message)
      .to.match(/kubectl .*apply/)
      .and.to.include(world().namespace);
    expect(agentCommands()).to.have.lengthOf(0);
    await world().letAgentsIn();
    await untilReady(INSTALLATIONS, 'shop');
  });
});
