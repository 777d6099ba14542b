import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../api/porter/v1/well-known.js';
import { anInstallation } from '../support/builders.js';
import { fails, succeeds } from '../support/pod-plays.js';
import type { Operator } from '../support/operator.js';
import {
  agentCommands,
  annotate,
  change,
  create,
  get,
  hold,
  list,
  remove,
  script,
  untilGone,
  untilNotReady,
  untilReady,
  world,
} from './world.js';

describe('Without a state store the exit code judges', () => {
  let usual: Operator;

  before(async () => {
    usual = world().operator;
    await usual.stop();
    world().operator = await world().anOperator({ stateStore: 'none' });
    await world().operator.start();
  });

  after(async () => {
    await world().operator.stop();
    world().operator = usual;
    await usual.start();
  });

  it('exit code 0 is success, marked as such', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const [action] = await list(AGENT_ACTIONS);
    expect(action?.status?.verdict).to.include({ source: 'ExitCode', result: 'Succeeded' });
  });

  it('any other exit code is failure', async () => {
    script(fails('told to fail', 1));
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', ['BundleFailed', 'RunFailed', 'AgentFailed']);
    const [action] = await list(AGENT_ACTIONS);
    expect(action?.status?.verdict).to.include({ source: 'ExitCode', result: 'Failed' });
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'one');
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('a change upgrades and deletion uninstalls', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
    await untilReady(INSTALLATIONS, 'shop');
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(3);
  });

  it('an operator that was away for the whole run finds the exit code', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    await world().operator.kill();
    run.ends(succeeds());
    await world().operator.start();
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(1);
    expect((await get(INSTALLATIONS, 'shop')).status?.attempt).to.equal(1);
  });
});
