import { expect } from 'chai';
import { INSTALLATION_OUTPUTS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import { SECRETS } from '../../../runtime/client/index.js';
import { anInstallation } from '../../support/builders.js';
import { annotate, change, create, remove, untilNotReady, untilReady } from '../world.js';

describe('A sensitive output whose value is lost', () => {
  it('is told in the InstallationOutput, until a run gives it anew', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const { status } = await untilReady(INSTALLATION_OUTPUTS, 'shop');
    const { name = '', key = '' } = status?.outputs?.find(({ sensitive }) => sensitive)?.valueFrom?.secretKeyRef ?? {};
    await remove(SECRETS, name);
    await annotate(INSTALLATIONS, 'shop', ANNOTATIONS.retry, 'look again');
    const ready = await untilNotReady(INSTALLATION_OUTPUTS, 'shop', 'SecretNotFound');
    expect(ready.message).to.include(`output secretout (key ${key} of Secret ${name})`);
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
    await untilReady(INSTALLATION_OUTPUTS, 'shop');
  });
});
