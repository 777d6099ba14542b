import { expect } from 'chai';
import { CREDENTIAL_SETS, INSTALLATION_OUTPUTS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { aCredentialSet, anInstallation, aParameterSet, aSecret } from '../../support/builders.js';
import { fails } from '../../support/pod-plays.js';
import { storyOf } from '../../support/story.js';
import { condition, create, eventsOf, until, untilNotReady, untilReady, world } from '../world.js';

const CREDENTIAL = 'kq7-credential-9x2';
const PARAMETER = 'zw4-parameter-8v1';

/** The forms in which a value may hide. */
function formsOf(value: string): string[] {
  return [value, Buffer.from(value).toString('base64'), encodeURIComponent(value), value.toUpperCase()];
}

describe('A secret value', () => {
  beforeEach(async () => {
    await create(aSecret('token').withValue(CREDENTIAL));
    await create(aSecret('password').withValue(PARAMETER));
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    await create(aParameterSet('sizes').withSecret('password', 'password'));
  });

  it('is in no status, event, Pod or log after a good run', async () => {
    await create(anInstallation().withCredentialSets('aws').withParameterSets('sizes'));
    await untilReady(INSTALLATIONS, 'shop');
    await until(INSTALLATION_OUTPUTS, 'shop', ({ status }) => (status?.outputs ?? []).length > 0);
    await expectNowhere(CREDENTIAL, PARAMETER);
  });

  it('is in none of them after a run whose last words contain it', async () => {
    await untilReady(CREDENTIAL_SETS, 'aws');
    world().player.script(
      world().namespace,
      [fails(`Error: login with ${CREDENTIAL} and ${PARAMETER} was refused`)],
      'shop',
    );
    await create(anInstallation().withCredentialSets('aws').withParameterSets('sizes'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', ['BundleFailed', 'RunFailed', 'AgentFailed']);
    expect(ready.message).to.match(/\w+ \w+/);
    await until(INSTALLATIONS, 'shop', async () => expect(await eventsOf('shop')).to.not.have.lengthOf(0));
    await expectNowhere(CREDENTIAL, PARAMETER);
  });

  it('that stands in the Installation itself raises a warning when the bundle calls it sensitive', async () => {
    await create(anInstallation().withParameters({ password: PARAMETER }));
    await untilReady(INSTALLATIONS, 'shop');
    await until(INSTALLATIONS, 'shop', async (shop) => {
      const warnings = (await eventsOf('shop')).filter(({ type }) => type === 'Warning').map(({ message }) => message);
      const conditions = (shop.status?.conditions ?? []).map(({ message }) => message);
      expect([...warnings, ...conditions].join('\n')).to.match(/password.*sensitive|sensitive.*password/i);
    });
  });

  it('that is missing is told by the name of its key, without those that are there', async () => {
    await create(aSecret('keys').withValue(CREDENTIAL, 'present'));
    await create(aCredentialSet('gcp').withCredential('token', 'keys/absent'));
    const set = await until(CREDENTIAL_SETS, 'gcp', (gcp) => condition(gcp, 'SecretsAvailable')?.status === 'False');
    expect(condition(set, 'SecretsAvailable')?.message).to.include('keys').and.to.include('absent');
    await create(anInstallation().withCredentialSets('gcp'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'SecretNotFound');
    expect(ready.message).to.include('keys').and.to.include('absent');
    await expectNowhere(CREDENTIAL);
  });
});

/** Looks at everything that is told in the test's namespace and by the programs. */
async function expectNowhere(...values: string[]): Promise<void> {
  const story = await storyOf(world().api, world().namespace);
  const told = [story, world().operator.log(), world().stateStore.log()].join('\n');
  const pods = JSON.stringify(
    world()
      .player.agentPods(world().namespace)
      .map(({ spec, metadata }) => ({ spec, metadata })),
  );
  const metrics = await world().operator.metrics();
  for (const value of values.flatMap(formsOf)) {
    expect(told, 'status, events, logs').to.not.include(value);
    expect(pods, 'Pods').to.not.include(value);
    expect(metrics, 'metrics').to.not.include(value);
  }
}
