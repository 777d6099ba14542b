import { expect } from 'chai';
import { INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import { anInstallation } from '../../support/builders.js';
import { eventually } from '../../support/eventually.js';
import { isKilledInMidRun } from '../../support/pod-plays.js';
import {
  agentCommands,
  annotate,
  COLLECTION_MS,
  condition,
  create,
  eventsOf,
  get,
  hold,
  remove,
  removeRun,
  runsOf,
  script,
  until,
  untilGone,
  untilNotReady,
} from '../world.js';

describe('An Installation whose first install was cut off', () => {
  it('is not let go silently when it is deleted in the foreground in mid-run', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    const [install] = await eventually('the run is recorded', async () => {
      const runs = await runsOf('shop');
      return runs.length > 0 && runs;
    });
    await remove(INSTALLATIONS, 'shop', 'Foreground');
    await removeRun();
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'RunResultMissing', COLLECTION_MS);
    expect(ready.message).to.include(install?._id).and.to.include(ANNOTATIONS.retry).and.to.include('orphan');
    expect(condition(await get(INSTALLATIONS, 'shop'), 'Stalled')?.status).to.equal('True');
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'looked');
    await untilGone(INSTALLATIONS, 'shop', COLLECTION_MS);
    await eventually('an event tells what is left', async () =>
      (await eventsOf('shop')).some(({ reason }) => reason === 'NothingUninstalled'),
    );
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('is not let go silently when it is deleted later, but by the policy orphan', async () => {
    script(isKilledInMidRun());
    await create(anInstallation());
    await until(INSTALLATIONS, 'shop', ({ status }) => status?.completed?.result === 'Unknown');
    await remove(INSTALLATIONS, 'shop');
    await untilNotReady(INSTALLATIONS, 'shop', 'RunResultMissing');
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.deletionPolicy, 'orphan');
    await untilGone(INSTALLATIONS, 'shop');
    expect(await runsOf('shop')).to.have.lengthOf(1);
  });
});
