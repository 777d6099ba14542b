import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import { SECRETS } from '../../../runtime/client/index.js';
import { anInstallation } from '../../support/builders.js';
import { eventually } from '../../support/eventually.js';
import { fails, succeeds } from '../../support/pod-plays.js';
import {
  afterOperatorHasLooked,
  agentCommands,
  annotate,
  change,
  COLLECTION_MS,
  condition,
  create,
  get,
  hold,
  list,
  remove,
  runsOf,
  script,
  until,
  untilGone,
  untilNotReady,
  untilReady,
  world,
} from '../world.js';

describe('uninstalled: true', () => {
  it('uninstalls and keeps the Installation', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { uninstalled: true } });
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    expect(status?.lastAction).to.equal('uninstall');
    expect(Date.parse(status?.uninstalled ?? '')).to.be.greaterThan(0);
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'uninstall']);
  });

  it('taken back installs again, which Porter alone would ignore', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { uninstalled: true } });
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { uninstalled: false } });
    await untilReady(INSTALLATIONS, 'shop');
    expect((await runsOf('shop')).at(-1)?.action).to.equal('install');
  });

  it('from the beginning installs nothing', async () => {
    await create(anInstallation().with({ uninstalled: true }));
    await untilReady(INSTALLATIONS, 'shop');
    expect(await runsOf('shop')).to.have.lengthOf(0);
  });
});

describe('A deleted Installation', () => {
  it('is uninstalled, then gone', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const run = hold();
    await remove(INSTALLATIONS, 'shop');
    await run.started();
    const deleting = await get(INSTALLATIONS, 'shop');
    expect(condition(deleting, 'Reconciling')?.status).to.equal('True');
    run.ends(succeeds());
    await untilGone(INSTALLATIONS, 'shop');
    expect(agentCommands()[1]).to.match(/^installation apply installation\.yaml/);
  });

  it('leaves nothing of its own behind', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATIONS, 'shop');
    const nothingIsLeft = async () => {
      const secrets = await list(SECRETS, 'getporter.org/managed=true');
      const left = [...(await list(AGENT_ACTIONS)), ...secrets];
      expect(left.map(({ metadata }) => metadata.name)).to.deep.equal([]);
      return true;
    };
    await eventually('nothing is left', nothingIsLeft, COLLECTION_MS);
  });

  it('that is created again under the same name is installed again', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATIONS, 'shop');
    await create(anInstallation());
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    expect(status?.lastAction).to.equal('install');
    expect((await runsOf('shop')).at(-1)?.action).to.equal('install');
  });

  it('with the policy orphan goes without a run, and the record stays', async () => {
    await create(anInstallation().withDeletionPolicy('orphan'));
    await untilReady(INSTALLATIONS, 'shop');
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATIONS, 'shop');
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install']);
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('with the policy ORPHAN in other letters goes the same way', async () => {
    await create(anInstallation().withDeletionPolicy('Orphan'));
    await untilReady(INSTALLATIONS, 'shop');
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('with a misspelt policy destroys nothing until somebody decides', async () => {
    await create(anInstallation().withDeletionPolicy('orfan'));
    await until(INSTALLATIONS, 'shop', ({ status }) => status?.completed !== undefined);
    await remove(INSTALLATIONS, 'shop');
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'DeletionPolicyInvalid');
    expect(ready.message).to.include('orfan').and.to.include('orphan');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.deletionPolicy, 'orphan');
    await untilGone(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('whose uninstall fails stays, says why, and goes after a retry', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    script(fails('told to fail'));
    await remove(INSTALLATIONS, 'shop');
    const ready = await untilNotReady(INSTALLATIONS, 'shop', ['BundleFailed', 'RunFailed', 'AgentFailed']);
    expect(ready.message).to.include('told to fail');
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'one');
    await untilGone(INSTALLATIONS, 'shop');
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'uninstall', 'uninstall']);
  });

  it('whose uninstall fails can be let go with the policy orphan', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    script(fails('told to fail'));
    await remove(INSTALLATIONS, 'shop');
    await untilNotReady(INSTALLATIONS, 'shop', ['BundleFailed', 'RunFailed', 'AgentFailed']);
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.deletionPolicy, 'orphan');
    await untilGone(INSTALLATIONS, 'shop');
  });

  it('while its run goes on waits for the end, then is uninstalled once', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    await remove(INSTALLATIONS, 'shop');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
    run.ends(succeeds());
    await untilGone(INSTALLATIONS, 'shop');
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'uninstall']);
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('right after its creation leaves nothing installed', async () => {
    await create(anInstallation());
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATIONS, 'shop');
    const actions = (await runsOf('shop')).map(({ action }) => action);
    expect(actions).to.deep.equal(actions.includes('install') ? ['install', 'uninstall'] : []);
  });

  it('that was never installed goes without a run', async () => {
    await create(anInstallation().withCredentialSets('nosuch'));
    await untilNotReady(INSTALLATIONS, 'shop', 'CredentialSetNotFound');
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATIONS, 'shop');
    expect(await runsOf('shop')).to.have.lengthOf(0);
  });

  it('in the foreground is uninstalled too: what undoes is not collected before it has', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const run = hold();
    await remove(INSTALLATIONS, 'shop', 'Foreground');
    await run.started();
    run.ends(succeeds());
    await untilGone(INSTALLATIONS, 'shop');
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'uninstall']);
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('while the operator is away is uninstalled when it is back', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await world().operator.kill();
    await remove(INSTALLATIONS, 'shop');
    expect((await get(INSTALLATIONS, 'shop')).metadata.deletionTimestamp).to.not.equal(undefined);
    await world().operator.start();
    await untilGone(INSTALLATIONS, 'shop');
    expect(agentCommands()[1]).to.match(/^installation apply installation\.yaml/);
  });

  it('when the operator is killed in the middle of the uninstall is uninstalled once', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const run = hold();
    await remove(INSTALLATIONS, 'shop');
    await run.started();
    await world().operator.kill();
    run.ends(succeeds());
    await world().operator.start();
    await untilGone(INSTALLATIONS, 'shop');
    expect(agentCommands().filter((command) => command.startsWith('installation apply'))).to.have.lengthOf(2);
  });

  it('whose finalizer somebody takes away is simply gone', async () => {
    await create(anInstallation().withCredentialSets());
    await untilReady(INSTALLATIONS, 'shop');
    const run = hold();
    await remove(INSTALLATIONS, 'shop');
    await run.started();
    await change(INSTALLATIONS, 'shop', { metadata: { finalizers: null } });
    await untilGone(INSTALLATIONS, 'shop');
    run.ends(succeeds());
    await create(anInstallation('later'));
    await untilReady(INSTALLATIONS, 'later');
  });
});
