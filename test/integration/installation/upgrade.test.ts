import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS, PARAMETER_SETS } from '../../../api/porter/v1/resources.js';
import { anInstallation, aParameterSet } from '../../support/builders.js';
import { succeeds } from '../../support/pod-plays.js';
import {
  afterOperatorHasLooked,
  agentCommands,
  annotate,
  change,
  condition,
  create,
  hold,
  list,
  runsOf,
  untilReady,
  until,
} from '../world.js';

describe('A change of an Installation', () => {
  it('of a parameter upgrades, with exactly one new AgentAction', async () => {
    await create(anInstallation().withParameters({ name: 'one' }));
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    expect(await list(AGENT_ACTIONS)).to.have.lengthOf(2);
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'upgrade']);
    expect(status?.lastAction).to.equal('upgrade');
  });

  it('of the bundle version upgrades to that version', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { bundle: { version: '0.4.0' } } });
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    expect(status?.bundle).to.include({ version: '0.4.0', reference: 'registry.test/hello:v0.4.0' });
  });

  it('while a run is going on waits for its end, and of several changes only the last is run', async () => {
    const run = hold();
    await create(anInstallation().withParameters({ name: 'one' }));
    await run.started();
    for (const name of ['two', 'three', 'four'])
      await change(INSTALLATIONS, 'shop', { spec: { parameters: { name } } });
    await until(INSTALLATIONS, 'shop', (shop) => shop.status?.observedGeneration === shop.metadata.generation);
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
    run.ends(succeeds());
    await untilReady(INSTALLATIONS, 'shop');
    const runs = (await runsOf('shop')).map(({ action, parameters }) => [action, parameters.parameters]);
    const named = (value: string) => [{ name: 'name', source: { value } }];
    expect(runs).to.deep.equal([
      ['install', named('one')],
      ['upgrade', named('four')],
    ]);
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('that Porter finds to be none is Ready without a run', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { labels: { tier: 'web' } } });
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    expect(status?.completed?.result).to.equal('NoOp');
    expect(await runsOf('shop')).to.have.lengthOf(1);
  });

  it('of labels or foreign annotations starts nothing', async () => {
    await create(anInstallation());
    const before = await untilReady(INSTALLATIONS, 'shop');
    await annotate(INSTALLATIONS, 'shop', 'example.org/note', 'hello');
    await change(INSTALLATIONS, 'shop', { metadata: { labels: { team: 'web' } } });
    await create(anInstallation('later'));
    await untilReady(INSTALLATIONS, 'later');
    const after = await untilReady(INSTALLATIONS, 'shop');
    expect(after.status).to.deep.equal(before.status);
    expect(await runsOf('shop')).to.have.lengthOf(1);
  });

  it('is not made by the operator itself: the generation stays what the user made it', async () => {
    await create(anInstallation());
    const { metadata } = await untilReady(INSTALLATIONS, 'shop');
    expect(metadata.generation).to.equal(1);
  });

  it('of nothing that Porter knows lets Porter compare all the same, since the values of a set may have changed', async () => {
    await create(aParameterSet('sizes').withValue('name', 'small'));
    await create(anInstallation().withParameterSets('sizes'));
    await untilReady(INSTALLATIONS, 'shop');
    await change(PARAMETER_SETS, 'sizes', {
      spec: { parameters: [{ name: 'name', source: { value: 'large' } }] },
    });
    await untilReady(PARAMETER_SETS, 'sizes');
    await change(INSTALLATIONS, 'shop', { spec: { historyLimit: 6 } });
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands().filter((command) => command.startsWith('installation apply'))).to.have.lengthOf(2);
  });

  it('is never Ready before its own run has ended', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const run = hold();
    const { metadata } = await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
    await run.started();
    const upgrading = await until(INSTALLATIONS, 'shop', (shop) => condition(shop, 'Ready')?.status === 'False');
    expect(condition(upgrading, 'Ready')?.observedGeneration).to.equal(metadata.generation);
    expect(condition(upgrading, 'Reconciling')?.status).to.equal('True');
    run.ends(succeeds());
    await untilReady(INSTALLATIONS, 'shop');
  });
});
