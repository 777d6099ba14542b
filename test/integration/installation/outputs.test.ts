import { expect } from 'chai';
import { INSTALLATION_OUTPUTS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { anInstallation } from '../../support/builders.js';
import { change, COLLECTION_MS, create, get, remove, until, untilGone, untilReady } from '../world.js';

describe('The outputs of an installation', () => {
  it('are in an InstallationOutput: values that are not sensitive, and for the others where they are', async () => {
    await create(anInstallation());
    const shop = await untilReady(INSTALLATIONS, 'shop');
    const { status, spec, metadata } = await until(
      INSTALLATION_OUTPUTS,
      'shop',
      ({ status }) => (status?.outputs ?? []).length > 0,
    );
    expect(spec).to.include({ name: 'shop', namespace: 'dev' });
    expect(metadata.ownerReferences?.[0]).to.include({ kind: 'Installation', uid: shop.metadata.uid });
    expect(status).to.include({ phase: 'Succeeded' });
    expect(
      status?.outputNames
        ?.split(',')
        .map((name) => name.trim())
        .sort(),
    ).to.deep.equal(['greeting', 'secretout']);
    const [greeting, secretout] = [...(status?.outputs ?? [])].sort((one, other) => one.name.localeCompare(other.name));
    expect(greeting).to.deep.include({
      name: 'greeting',
      type: 'string',
      sensitive: false,
      value: 'hello from install',
    });
    expect(secretout).to.deep.include({ name: 'secretout', sensitive: true, value: '' });
    expect(secretout?.valueFrom?.secretKeyRef.name).to.be.a('string').and.not.equal('');
  });

  it('do not contain the log that Porter keeps as an output', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const { status } = await until(INSTALLATION_OUTPUTS, 'shop', ({ status }) => (status?.outputs ?? []).length > 0);
    expect(status?.outputs?.map(({ name }) => name)).to.not.include('io.cnab.outputs.invocationImageLogs');
  });

  it('are those of the newest run', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await change(INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
    await untilReady(INSTALLATIONS, 'shop');
    await until(
      INSTALLATION_OUTPUTS,
      'shop',
      ({ status }) => status?.outputs?.some(({ value }) => value === 'hello from upgrade') === true,
    );
  });

  it('go with the Installation', async () => {
    await create(anInstallation().withDeletionPolicy('orphan'));
    await untilReady(INSTALLATIONS, 'shop');
    await until(INSTALLATION_OUTPUTS, 'shop', ({ status }) => (status?.outputs ?? []).length > 0);
    await remove(INSTALLATIONS, 'shop');
    await untilGone(INSTALLATION_OUTPUTS, 'shop', COLLECTION_MS);
  });

  it('leave the annotations of the Installation alone', async () => {
    await create(anInstallation().withAnnotation('example.org/note', 'mine').withDeletionPolicy('orphan'));
    await untilReady(INSTALLATIONS, 'shop');
    await until(INSTALLATION_OUTPUTS, 'shop', ({ status }) => (status?.outputs ?? []).length > 0);
    const { metadata } = await get(INSTALLATIONS, 'shop');
    expect(metadata.annotations).to.include({ 'example.org/note': 'mine', 'getporter.org/deletion-policy': 'orphan' });
  });
});
