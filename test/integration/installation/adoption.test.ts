import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { FINALIZER } from '../../../api/porter/v1/well-known.js';
import { keyOf } from '../../../runtime/client/index.js';
import { SHOP_DOCUMENT, anAgentAction, anInstallation } from '../../support/builders.js';
import {
  afterOperatorHasLooked,
  agentCommands,
  change,
  condition,
  create,
  get,
  remove,
  runsOf,
  until,
  untilGone,
  untilReady,
  world,
} from '../world.js';

/** What the Go operator left: an Installation with finalizer and status, its AgentAction, and no Job (its TTL is over). */
async function leftByTheGoOperator(phase: 'Succeeded' | 'Failed' | 'Unknown'): Promise<void> {
  await world().operator.kill();
  const left = anInstallation().withFinalizer(FINALIZER).withDeletionPolicy('delete');
  const installation = await create(left.withAnnotation('getporter.org/installationoutput', 'true'));
  const action = anAgentAction('shop-x7k2p', 'installation', 'apply', 'installation.yaml')
    .withFile('installation.yaml', SHOP_DOCUMENT)
    .withLabel('getporter.org/managed', 'true')
    .withLabel('getporter.org/resourceKind', 'Installation')
    .withLabel('getporter.org/resourceName', 'shop')
    .withLabel('getporter.org/resourceGeneration', '1')
    .withLabel('getporter.org/retry', '')
    .inNamespace(world().namespace)
    .build();
  const owner = { apiVersion: 'getporter.org/v1', kind: 'Installation', name: 'shop', uid: installation.metadata.uid };
  action.metadata.ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];
  const { metadata } = await world().api.create(AGENT_ACTIONS, action);
  const conditions = phase === 'Unknown' ? [] : [{ ...DONE, type: phase === 'Succeeded' ? 'Completed' : 'Failed' }];
  const status = { observedGeneration: 1, phase, conditions };
  await world().api.patchStatus(AGENT_ACTIONS, keyOf({ metadata }), {
    status: { ...status, job: { name: 'shop-x7k2p-4h5kd' } },
  });
  await world().api.patchStatus(INSTALLATIONS, keyOf(installation), {
    status: { ...status, action: { name: 'shop-x7k2p' } },
  });
  await world().operator.start();
}

const DONE = { status: 'True', reason: 'JobCompleted', message: '', lastTransitionTime: '2025-01-01T00:00:00Z' };

describe('What the Go operator left', () => {
  it('with success is taken over without running it again', async () => {
    await leftByTheGoOperator('Succeeded');
    await until(INSTALLATIONS, 'shop', (shop) => condition(shop, 'Ready')?.status === 'True');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(0));
  });

  it('with a failure is told as failed and not run again by itself', async () => {
    await leftByTheGoOperator('Failed');
    await until(INSTALLATIONS, 'shop', (shop) => condition(shop, 'Stalled')?.status === 'True');
    expect(condition(await get(INSTALLATIONS, 'shop'), 'Ready')?.status).to.equal('False');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(0));
  });

  it('without a known end is applied once more, which Porter makes harmless', async () => {
    await leftByTheGoOperator('Unknown');
    await untilReady(INSTALLATIONS, 'shop');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
  });

  it('goes on as ours: a change upgrades, deletion uninstalls', async () => {
    await leftByTheGoOperator('Succeeded');
    await until(INSTALLATIONS, 'shop', (shop) => condition(shop, 'Ready')?.status === 'True');
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
    await untilReady(INSTALLATIONS, 'shop');
    expect(await runsOf('shop')).to.have.lengthOf(1);
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATIONS, 'shop');
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'uninstall']);
  });

  it('a user’s own AgentAction that has ended is not run again', async () => {
    await world().operator.kill();
    const action = await create(anAgentAction('status', 'invoke', 'shop', '--action', 'status'));
    const status = {
      observedGeneration: 1,
      phase: 'Succeeded',
      conditions: [{ ...DONE, type: 'Completed' }],
      job: { name: 'status-9d7fk' },
    };
    await world().api.patchStatus(AGENT_ACTIONS, keyOf(action), { status });
    await world().operator.start();
    await until(AGENT_ACTIONS, 'status', (candidate) => condition(candidate, 'Ready')?.status === 'True');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(0));
  });

  it('a user’s own AgentAction whose end the Go operator had forgotten waits for a retry', async () => {
    await world().operator.kill();
    const action = await create(anAgentAction('status', 'invoke', 'shop', '--action', 'status'));
    const status = { observedGeneration: 1, phase: 'Unknown', job: { name: 'status-9d7fk' } };
    await world().api.patchStatus(AGENT_ACTIONS, keyOf(action), { status });
    await world().operator.start();
    await until(AGENT_ACTIONS, 'status', (candidate) => condition(candidate, 'Stalled')?.status === 'True');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(0));
  });
});
