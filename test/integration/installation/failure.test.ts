import { expect } from 'chai';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import { anInstallation } from '../../support/builders.js';
import { fails, failsBeforeTheRun, isKilledInMidRun, runsOutOfMemory } from '../../support/pod-plays.js';
import {
  afterOperatorHasLooked,
  agentCommands,
  annotate,
  change,
  condition,
  create,
  eventsOf,
  list,
  runsOf,
  script,
  until,
  untilNotReady,
  untilReady,
} from '../world.js';

const FAILURE = [
  'executing install action from hello (installation: dev/shop)',
  'told to fail',
  'Error: error running command /cnab/app ./helper.sh install: exit status 17',
  '1 error occurred:',
  '\t* mixin execution failed: package command failed',
].join('\n');

describe('A bundle that fails', () => {
  it('makes the Installation not Ready, with the reason and the last error line', async () => {
    script(fails(FAILURE));
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'BundleFailed');
    expect(ready.message).to.match(/told to fail|exit status 17|mixin execution failed/);
    const { status } = await until(INSTALLATIONS, 'shop', (shop) => shop.status?.phase === 'Failed');
    expect(status?.lastError).to.match(/told to fail|exit status 17|mixin execution failed/);
    expect(status?.run?.result).to.equal('failed');
  });

  it('stalls, and is not run again by itself', async () => {
    script(fails(FAILURE));
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'BundleFailed');
    await until(INSTALLATIONS, 'shop', (shop) => condition(shop, 'Stalled')?.status === 'True');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
  });

  it('raises one Warning event', async () => {
    script(fails(FAILURE));
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'BundleFailed');
    await until(INSTALLATIONS, 'shop', async () => {
      const warnings = (await eventsOf('shop')).filter(({ type }) => type === 'Warning');
      expect(warnings.map(({ reason }) => reason)).to.deep.equal(['BundleFailed']);
    });
  });

  it('runs again when the spec is repaired', async () => {
    script(fails(FAILURE));
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'BundleFailed');
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { fail: 'false' } } });
    const repaired = await untilReady(INSTALLATIONS, 'shop');
    expect(condition(repaired, 'Stalled')?.status).to.equal('False');
    expect(repaired.status?.lastError ?? '').to.equal('');
  });
});

describe('The annotation getporter.org/retry', () => {
  it('runs a failed install again, exactly once', async () => {
    script(fails(FAILURE));
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'BundleFailed');
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'one');
    const { status } = await untilReady(INSTALLATIONS, 'shop');
    expect(status).to.include({ attempt: 2, retry: 'one' });
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'install']);
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(2));
  });

  it('forces a failed upgrade, which Porter alone would call up-to-date', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    script(fails(FAILURE));
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
    await untilNotReady(INSTALLATIONS, 'shop', 'BundleFailed');
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'one');
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands().at(-1)).to.equal('installation apply installation.yaml --force');
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'upgrade', 'upgrade']);
  });

  it('with the value that it has had from the beginning starts nothing', async () => {
    await create(anInstallation().withAnnotation(ANNOTATIONS.retry, 'one'));
    await untilReady(INSTALLATIONS, 'shop');
    const annotations = { [ANNOTATIONS.retry]: 'one', 'example.org/note': 'applied again' };
    await change(INSTALLATIONS, 'shop', { metadata: { annotations } });
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
  });

  it('together with a change of the spec is one run', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const annotations = { [ANNOTATIONS.retry]: 'one' };
    await change(INSTALLATIONS, 'shop', { metadata: { annotations }, spec: { parameters: { name: 'two' } } });
    await untilReady(INSTALLATIONS, 'shop');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(2));
    expect(await runsOf('shop')).to.have.lengthOf(2);
  });

  it('on a healthy Installation asks Porter once more', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'again');
    await until(
      INSTALLATIONS,
      'shop',
      (shop) => shop.status?.retry === 'again' && shop.status.completed?.attempt === 2,
    );
    expect(agentCommands()).to.have.lengthOf(2);
    expect(await list(AGENT_ACTIONS)).to.have.lengthOf(2);
  });
});

describe('An agent that ends before it has recorded a run', () => {
  it('names a bundle that the registry does not have', async () => {
    script(failsBeforeTheRun('unable to pull bundle: registry.test/hello:v9.9.9: not found'));
    await create(anInstallation().withBundle('registry.test/hello', '9.9.9'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'BundleNotFound');
    expect(ready.message).to.include('registry.test/hello:v9.9.9');
  });

  it('tells a registry that cannot be reached from a bundle that is not there, and says that time may mend it', async () => {
    script(
      failsBeforeTheRun(
        'unable to pull bundle: failed to resolve bundle manifest "registry.test/hello:v0.3.0": failed to do request: Head "https://registry.test/v2/": dial tcp 10.0.0.1:443: connect: connection refused',
      ),
    );
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'RegistryUnavailable');
    expect(ready.message).to.include('connection refused').and.include('Time may mend it.');
    await until(INSTALLATIONS, 'shop', (shop) => condition(shop, 'Stalled')?.status === 'True');
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'one');
    await untilReady(INSTALLATIONS, 'shop');
  });

  it('names a set that Porter does not find', async () => {
    script(
      failsBeforeTheRun(
        'could not find credential set named nosuch in the dev namespace or global namespace: nosuch not found',
      ),
    );
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'CredentialSetNotFound');
    expect(ready.message).to.include('nosuch');
  });

  it('that was killed for its memory is told so', async () => {
    script(runsOutOfMemory());
    await create(anInstallation());
    const shop = await until(INSTALLATIONS, 'shop', (candidate) => candidate.status?.completed !== undefined);
    expect(condition(shop, 'Ready')?.status).to.equal('False');
    expect(condition(shop, 'Ready')?.message).to.match(/OOMKilled|memory/i);
  });
});

describe('A run without a recorded result', () => {
  it('is unknown, never guessed and never repeated by itself', async () => {
    script(isKilledInMidRun());
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'RunResultMissing');
    const { status } = await until(INSTALLATIONS, 'shop', (shop) => condition(shop, 'Stalled')?.status === 'True');
    expect(status?.completed?.result).to.equal('Unknown');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
  });

  it('is run again by a retry', async () => {
    script(isKilledInMidRun());
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'RunResultMissing');
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'one');
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(2);
  });
});
