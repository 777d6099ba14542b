import { expect } from 'chai';
import { INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { anInstallation } from '../../support/builders.js';
import {
  agentCommands,
  condition,
  create,
  remove,
  runsOf,
  until,
  untilGone,
  untilNotReady,
  untilReady,
  world,
} from '../world.js';

describe('Two Installations that name the same Porter installation', () => {
  it('are told apart: the first keeps it, the second is told so and does nothing', async () => {
    await create(anInstallation('first').withPorterName('shop'));
    await untilReady(INSTALLATIONS, 'first');
    await create(anInstallation('second').withPorterName('shop').withParameters({ name: 'mine' }));
    const ready = await untilNotReady(INSTALLATIONS, 'second', 'ConflictingOwner');
    expect(ready.message).to.include('first');
    await until(INSTALLATIONS, 'second', (second) => condition(second, 'Stalled')?.status === 'True');
    expect(agentCommands()).to.have.lengthOf(1);
    await untilReady(INSTALLATIONS, 'first');
  });

  it('created within the same second are told apart too', async () => {
    await create(anInstallation('first').withPorterName('shop'));
    await untilReady(INSTALLATIONS, 'first');
    const rivals = ['second', 'third', 'fourth', 'fifth'];
    await Promise.all(rivals.map((name) => create(anInstallation(name).withPorterName('shop'))));
    for (const rival of rivals) await untilNotReady(INSTALLATIONS, rival, 'ConflictingOwner');
    await untilReady(INSTALLATIONS, 'first');
  });

  it('created at once run once', async () => {
    await Promise.all(['first', 'second'].map((name) => create(anInstallation(name).withPorterName('shop'))));
    await until(INSTALLATIONS, 'first', async () => {
      const states = await Promise.all(
        ['first', 'second'].map((name) => world().api.get(INSTALLATIONS, { namespace: world().namespace, name })),
      );
      const reasons = states.map((state) => condition(state, 'Ready')?.reason).sort();
      expect(reasons).to.deep.equal(['ConflictingOwner', 'Installed']);
    });
    expect(await runsOf('shop')).to.have.lengthOf(1);
  });

  it('when the second is deleted leave the first alone', async () => {
    await create(anInstallation('first').withPorterName('shop'));
    await untilReady(INSTALLATIONS, 'first');
    await create(anInstallation('second').withPorterName('shop'));
    await untilNotReady(INSTALLATIONS, 'second', 'ConflictingOwner');
    await remove(INSTALLATIONS, 'second');
    await untilGone(INSTALLATIONS, 'second');
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install']);
    await untilReady(INSTALLATIONS, 'first');
  });

  it('when the first is gone the second takes over', async () => {
    await create(anInstallation('first').withPorterName('shop'));
    await untilReady(INSTALLATIONS, 'first');
    await create(anInstallation('second').withPorterName('shop'));
    await untilNotReady(INSTALLATIONS, 'second', 'ConflictingOwner');
    await remove(INSTALLATIONS, 'first');
    await untilGone(INSTALLATIONS, 'first');
    await untilReady(INSTALLATIONS, 'second');
    expect((await runsOf('shop')).at(-1)?.action).to.equal('install');
  });

  it('in different Porter namespaces have nothing to do with one another', async () => {
    await create(anInstallation('first').withPorterName('shop', 'dev'));
    await create(anInstallation('second').withPorterName('shop', 'test'));
    await Promise.all(['first', 'second'].map((name) => untilReady(INSTALLATIONS, name)));
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('in different Kubernetes namespaces are different tenants of the embedded store', async () => {
    const here = world().namespace;
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await world().newNamespace();
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    expect(await runsOf('shop')).to.have.lengthOf(1);
    expect(await world().records.runs(here, 'shop')).to.have.lengthOf(1);
  });
});
