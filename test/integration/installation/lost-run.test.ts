import { expect } from 'chai';
import { INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import { anInstallation } from '../../support/builders.js';
import { eventually } from '../../support/eventually.js';
import { fails, fitsNowhere, succeeds, type Play } from '../../support/pod-plays.js';
import {
  agentCommands,
  annotate,
  COLLECTION_MS,
  condition,
  create,
  hold,
  removeRun,
  runsOf,
  script,
  until,
  untilNotReady,
  untilReady,
  world,
} from '../world.js';

describe('An AgentAction that is deleted before the end of its run is known', () => {
  it('in mid-run: the result is not guessed, and nothing runs again before a retry', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    await eventually('the run is recorded', async () => (await runsOf('shop'))[0]);
    await removeRun();
    await untilNotReady(INSTALLATIONS, 'shop', 'RunResultMissing', COLLECTION_MS);
    const { status } = await until(INSTALLATIONS, 'shop', (shop) => condition(shop, 'Stalled')?.status === 'True');
    expect(status?.completed).to.include({ attempt: 1, result: 'Unknown' });
    expect(agentCommands()).to.have.lengthOf(1);
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'looked');
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('after its run has succeeded: the recorded result is taken over', async () => {
    await endUnseen(succeeds());
    const { status } = await untilReady(INSTALLATIONS, 'shop', COLLECTION_MS);
    expect(status?.run?.id).to.equal((await runsOf('shop'))[0]?._id);
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('after its run has failed: the recorded failure is taken over', async () => {
    await endUnseen(fails('told to fail'));
    const reasons = ['BundleFailed', 'RunFailed', 'AgentFailed'];
    const ready = await untilNotReady(INSTALLATIONS, 'shop', reasons, COLLECTION_MS);
    // What it was given went with the AgentAction: nobody can tell any more what of its words is secret.
    expect(ready.message).to.include('install (run').and.include('is not repeated').and.not.include('told to fail');
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('before it could run: it is launched again, for the record shows that nothing ran', async () => {
    script(fitsNowhere());
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'Unschedulable');
    await removeRun();
    await untilReady(INSTALLATIONS, 'shop', COLLECTION_MS);
    expect(await runsOf('shop')).to.have.lengthOf(1);
    expect(agentCommands()).to.have.lengthOf(2);
  });
});

/** The run ends while the operator is away, and its AgentAction goes before that is back. */
async function endUnseen(end: Play): Promise<void> {
  const run = hold();
  await create(anInstallation());
  await run.started();
  await until(INSTALLATIONS, 'shop', ({ status }) => status?.action !== undefined);
  await world().operator.kill();
  run.ends(end);
  const results = world().records.tenant(world().namespace).collection('results');
  const isFinal = { status: { $in: ['succeeded', 'failed'] } };
  await eventually('the result is recorded', async () => (await results.findOne(isFinal)) ?? undefined);
  await removeRun();
  await world().operator.start();
}
