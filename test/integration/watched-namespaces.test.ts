import { expect } from 'chai';
import { AGENT_ACTIONS, AGENT_CONFIGS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { JOBS } from '../../runtime/client/index.js';
import { anAgentConfig, anInstallation } from '../support/builders.js';
import { eventually } from '../support/eventually.js';
import { OPERATOR_NAMESPACE, type Operator } from '../support/operator.js';
import { agentPods, condition, create, list, untilReady, world } from './world.js';

/** What a namespace's administrator binds for an operator that serves it: no rights in the whole cluster. */
const ROLES = ['porterops-manager', 'porterops-manager-porter'];

describe('An operator that serves chosen namespaces', () => {
  let operator: Operator;
  let outside: string;

  beforeEach(async () => {
    await world().operator.stop();
    outside = await world().newNamespace();
    await world().newNamespace();
    operator = await world().aNarrowOperator([world().namespace], ROLES);
  });

  afterEach(async () => {
    await operator.kill();
    await world().operator.start();
  });

  it('needs no rights beyond them, and leaves the others alone', async () => {
    await world().api.create(INSTALLATIONS, anInstallation('elsewhere').inNamespace(outside).build());
    await create(anInstallation('shop'));
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentPods()).to.have.lengthOf(1);
    const left = await world().api.get(INSTALLATIONS, { namespace: outside, name: 'elsewhere' });
    expect(left).not.to.have.property('status');
    expect(left.metadata).not.to.have.property('finalizers');
    expect(await world().api.list(AGENT_ACTIONS, { namespace: outside })).to.deep.equal([]);
  });

  it('heeds the configuration for everybody in its own namespace', async () => {
    const everybodys = anAgentConfig('default').with({ ttlSecondsAfterFinished: 77 }).inNamespace(OPERATOR_NAMESPACE);
    await world().api.create(AGENT_CONFIGS, everybodys.build());
    try {
      await eventually('it is checked', async () => {
        const config = await world().api.get(AGENT_CONFIGS, { namespace: OPERATOR_NAMESPACE, name: 'default' });
        return condition(config, 'Ready')?.status === 'True';
      });
      await create(anInstallation('shop'));
      await untilReady(INSTALLATIONS, 'shop');
      await eventually('the Job may go after the time that it says', async () =>
        (await list(JOBS)).some(({ spec }) => spec?.ttlSecondsAfterFinished === 77),
      );
    } finally {
      await world().api.delete(AGENT_CONFIGS, { namespace: OPERATOR_NAMESPACE, name: 'default' });
    }
  });
});
