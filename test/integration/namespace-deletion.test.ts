import { expect } from 'chai';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { NAMESPACES } from '../../runtime/client/index.js';
import { aCredentialSet, anInstallation, aParameterSet, aSecret } from '../support/builders.js';
import { EVENTS } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { succeeds } from '../support/pod-plays.js';
import {
  agentCommands,
  change,
  condition,
  create,
  hold,
  runsOf,
  until,
  untilNamespaceGone,
  untilReady,
  world,
} from './world.js';

async function deleteNamespace(): Promise<void> {
  await world().api.delete(NAMESPACES, { name: world().namespace });
}

describe('A deleted namespace', function () {
  this.timeout(300_000);

  it('goes: what is installed stays in the records, where nothing can run any more', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await deleteNamespace();
    await untilNamespaceGone(world().namespace);
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install']);
  });

  it('leaves an event about the namespace that says what stays', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await deleteNamespace();
    const event = await eventually('an event about the namespace', async () => {
      const events = await world().api.list(EVENTS, { namespace: 'default' });
      return events.find(({ involvedObject }) => involvedObject.name === world().namespace);
    });
    expect(event).to.include({ type: 'Warning', reason: 'Orphaned' });
    expect(event.message).to.include('"shop"');
    await untilNamespaceGone(world().namespace);
  });

  it('goes with sets in it too', async () => {
    await create(aSecret('token').withValue('s3cret'));
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    await create(aParameterSet('sizes').withValue('name', 'large'));
    await create(anInstallation().withCredentialSets('aws').withParameterSets('sizes'));
    await untilReady(INSTALLATIONS, 'shop');
    await deleteNamespace();
    await untilNamespaceGone(world().namespace);
  });

  it('goes in the middle of a run', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    await deleteNamespace();
    await untilNamespaceGone(world().namespace);
    run.ends(succeeds());
  });

  it('goes when the operator was away and is back', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await world().operator.kill();
    await deleteNamespace();
    await world().operator.start();
    await untilNamespaceGone(world().namespace);
  });

  it('stays with onNamespaceDeletion: block, says why, and goes when somebody decides', async () => {
    await create(anInstallation().with({ onNamespaceDeletion: 'block' }));
    await untilReady(INSTALLATIONS, 'shop');
    await deleteNamespace();
    const shop = await until(
      INSTALLATIONS,
      'shop',
      (candidate) => condition(candidate, 'Ready')?.reason === 'NamespaceTerminating',
    );
    expect(condition(shop, 'Ready')?.message).to.match(/orphan|block/);
    expect(agentCommands()).to.have.lengthOf(1);
    await change(INSTALLATIONS, 'shop', { spec: { onNamespaceDeletion: 'orphan' } });
    await untilNamespaceGone(world().namespace);
  });
});
