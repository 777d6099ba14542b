import { expect } from 'chai';
import type { ObjectKey } from '../../runtime/client/index.js';
import { RealNode } from './real-node.js';

describe('what a user does on a real node', () => {
  let node: RealNode;
  let namespace: string;

  before(async () => {
    node = await RealNode.open();
    namespace = await node.newTeam();
  });
  after(() => node.close());

  /** Installs the sample under a name of its own. */
  async function installed(name: string, parameters: Record<string, unknown> = {}): Promise<ObjectKey> {
    const key = await node.install(node.sample(namespace, `${name}-${process.pid}`, parameters).build());
    expect((await node.settled(key)).reason).to.equal('Installed');
    return key;
  }

  it('upgrades to another version of the bundle', async () => {
    const key = await installed('version');
    await node.change(key, { spec: { bundle: { version: '0.2.0' } } });
    const { object } = await node.settled(key);
    expect(object.status?.bundle?.version).to.equal('0.2.0');
    expect(await node.runsCounted(key.name)).to.deep.equal({ install: 1, upgrade: 1 });
  });

  it('uninstalls, and installs again when that is taken back', async () => {
    const key = await installed('uninstalled');
    await node.change(key, { spec: { uninstalled: true } });
    expect((await node.settled(key)).reason).to.equal('Uninstalled');
    await node.change(key, { spec: { uninstalled: null } });
    expect((await node.settled(key)).reason).to.equal('Installed');
    expect(await node.runsCounted(key.name)).to.deep.equal({ install: 2, uninstall: 1 });
  });

  it('installs again under the name of a deleted Installation', async () => {
    const key = await installed('again');
    await node.kubectl('delete', 'installation', key.name, '-n', namespace, '--wait=false');
    await node.gone(key);
    await node.install(node.sample(namespace, key.name).build());
    expect((await node.settled(key)).reason).to.equal('Installed');
    expect(await node.runsCounted(key.name)).to.deep.equal({ install: 2, uninstall: 1 });
  });

  it('records a run during which the operator is killed, and runs nothing twice', async () => {
    const key = await node.install(node.sample(namespace, `killed-${process.pid}`, { delay: 8 }).build());
    await node.bundleRunning(namespace);
    await node.kill('manager');
    expect((await node.settled(key)).reason).to.equal('Installed');
    expect(await node.runsCounted(key.name)).to.deep.equal({ install: 1 });
    expect(await node.runsRecorded(key)).to.deep.equal(['install']);
  });

  it('records a run during which the state store is restarted, and runs nothing twice', async () => {
    const key = await node.install(node.sample(namespace, `stored-${process.pid}`, { delay: 8 }).build());
    await node.bundleRunning(namespace);
    await node.kill('state-store');
    expect((await node.settled(key)).reason).to.equal('Installed');
    expect(await node.runsCounted(key.name)).to.deep.equal({ install: 1 });
    expect(await node.runsRecorded(key)).to.deep.equal(['install']);
  });

  it('leaves what is installed when the deletion policy says orphan', async () => {
    const key = await installed('orphan');
    await node.change(key, { metadata: { annotations: { 'getporter.org/deletion-policy': 'orphan' } } });
    await node.kubectl('delete', 'installation', key.name, '-n', namespace, '--wait=false');
    await node.gone(key);
    expect(await node.runsCounted(key.name)).to.deep.equal({ install: 1 });
  });
});
