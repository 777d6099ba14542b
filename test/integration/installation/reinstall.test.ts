import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import { anAgentAction, anInstallation } from '../../support/builders.js';
import {
  agentCommands,
  annotate,
  change,
  create,
  remove,
  runsOf,
  until,
  untilGone,
  untilReady,
  world,
} from '../world.js';

const DOCUMENT =
  'schemaVersion: 1.0.2\nname: shop\nnamespace: dev\nbundle:\n  repository: registry.test/hello\n  version: 0.3.0\n';

/** Uninstalled by its Installation, and then installed again by somebody who forces Porter to. */
async function installedAgain(): Promise<void> {
  await create(anInstallation());
  await untilReady(INSTALLATIONS, 'shop');
  await change(INSTALLATIONS, 'shop', { spec: { uninstalled: true } });
  await untilReady(INSTALLATIONS, 'shop');
  const byForce = anAgentAction('again', 'installation', 'apply', 'installation.yaml', '--force');
  await create(byForce.withFile('installation.yaml', DOCUMENT));
  await untilReady(AGENT_ACTIONS, 'again');
  const record = await world().records.installation(world().namespace, 'shop');
  expect(record?.status.uninstalled, 'Porter keeps when it was uninstalled').to.be.a('string');
}

async function actions(): Promise<string[]> {
  return (await runsOf('shop')).map(({ action }) => action);
}

describe('What Porter has installed again after it was uninstalled', () => {
  it('is upgraded by a change and uninstalled by deletion, and its record is never removed before', async () => {
    await installedAgain();
    await change(INSTALLATIONS, 'shop', { spec: { uninstalled: false, parameters: { name: 'two' } } });
    await untilReady(INSTALLATIONS, 'shop');
    expect(await actions()).to.deep.equal(['install', 'uninstall', 'install', 'upgrade']);
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATIONS, 'shop');
    expect(await actions()).to.deep.equal(['install', 'uninstall', 'install', 'upgrade', 'uninstall']);
    expect(agentCommands().filter((command) => command.startsWith('installation delete'))).to.deep.equal([]);
  });

  it('is uninstalled once more when that is what is wished', async () => {
    await installedAgain();
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'gone');
    await until(INSTALLATIONS, 'shop', (shop) => shop.status?.completed?.attempt === 2);
    await untilReady(INSTALLATIONS, 'shop');
    expect(await actions()).to.deep.equal(['install', 'uninstall', 'install', 'uninstall']);
  });
});
