import { expect } from 'chai';
import type { ObjectKey } from '../../runtime/client/index.js';
import { INSTALLATION_OUTPUTS } from '../../api/porter/v1/resources.js';
import { RealNode } from './real-node.js';

describe('smoke: the life of an Installation on a real node', () => {
  let node: RealNode;
  let key: ObjectKey;
  const name = `smoke-${process.pid}`;

  before(async () => {
    node = await RealNode.open();
    key = { namespace: await node.newTeam(), name };
  });
  after(() => node.close());

  it('installs the bundle once and shows its output', async () => {
    await node.install(node.sample(key.namespace ?? '', name, { greeting: 'Hello' }).build());
    const { ready, reason, object } = await node.settled(key);
    expect([ready, reason]).to.deep.equal(['True', 'Installed']);
    expect(object.status?.bundle?.version).to.equal('0.1.0');
    expect(await node.runsCounted(name)).to.deep.equal({ install: 1 });
    const output = await node.api.get(INSTALLATION_OUTPUTS, key);
    expect(output.status?.outputs?.find((one) => one.name === 'message')?.value).to.equal('Hello from install 0.1.0');
  });

  it('keeps a sensitive output out of every status', async () => {
    const output = await node.api.get(INSTALLATION_OUTPUTS, key);
    const secret = output.status?.outputs?.find((one) => one.name === 'secret');
    expect(secret?.value).to.equal('');
    expect(secret?.valueFrom?.secretKeyRef.name).to.be.a('string');
    expect(JSON.stringify(output)).not.to.include('open sesame');
  });

  it('upgrades once when a parameter changes', async () => {
    await node.change(key, { spec: { parameters: { greeting: 'Hi' } } });
    expect((await node.settled(key)).reason).to.equal('Installed');
    expect(await node.runsCounted(name)).to.deep.equal({ install: 1, upgrade: 1 });
  });

  it('tells a failed upgrade with the last error line, and does not try again by itself', async () => {
    await node.change(key, { spec: { parameters: { fail: true } } });
    const { ready, message } = await node.settled(key);
    expect(ready).to.equal('False');
    expect(message).to.include('told to fail');
    expect(await node.runsCounted(name)).to.deep.equal({ install: 1, upgrade: 2 });
  });

  it('runs a failed upgrade exactly once more for a new value of the retry annotation', async () => {
    await node.change(key, { metadata: { annotations: { 'getporter.org/retry': 'again' } } });
    expect((await node.settled(key)).ready).to.equal('False');
    expect(await node.runsCounted(name)).to.deep.equal({ install: 1, upgrade: 3 });
  });

  it('uninstalls once on deletion and then lets go, and every run is in the records', async () => {
    await node.change(key, { spec: { parameters: { fail: false } } });
    expect((await node.settled(key)).ready).to.equal('True');
    await node.kubectl('delete', 'installation', name, '-n', key.namespace ?? '', '--wait=false');
    await node.gone(key);
    expect(await node.runsCounted(name)).to.deep.equal({ install: 1, upgrade: 4, uninstall: 1 });
    const recorded = ['install', 'upgrade', 'upgrade', 'upgrade', 'upgrade', 'uninstall'];
    expect(await node.runsRecorded(key)).to.deep.equal(recorded);
  });
});
