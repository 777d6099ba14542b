import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { SECRETS } from '../../runtime/client/index.js';
import type { ObjectKey } from '../../runtime/client/index.js';
import { aParameterSet, aSecret } from '../support/builders.js';
import { RealNode } from './real-node.js';

/** Seconds that a bundle takes during which something is killed. */
const DELAY = 20;
/** So many, begun one after the other, that a roll-out meets agents at every step of theirs. */
const ROLLED_OUT_RUNS = 8;
const BETWEEN_RUNS_MS = 1_500;

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
    expect(await node.runsRecorded(key)).to.deep.equal(['install', 'upgrade']);
  });

  it('runs a failed upgrade again for a retry, once and with success, when its cause lies outside the Installation', async () => {
    const key = { namespace, name: `repaired-${process.pid}` };
    const fault = { namespace, name: `fault-${process.pid}` };
    await node.create(aSecret(fault.name).withValue('false'), namespace);
    await node.create(aParameterSet(fault.name).withSecret('fail', fault.name), namespace);
    await node.install(node.sample(namespace, key.name).withParameterSets(fault.name).build());
    expect((await node.settled(key)).reason).to.equal('Installed');

    await node.api.patch(SECRETS, fault, { stringData: { value: 'true' } });
    await node.change(key, { spec: { parameters: { greeting: 'Hi' } } });
    const { ready, message } = await node.settled(key);
    expect(ready).to.equal('False');
    expect(message).to.include('told to fail');

    await node.api.patch(SECRETS, fault, { stringData: { value: 'false' } });
    await node.change(key, { metadata: { annotations: { 'getporter.org/retry': 'repaired' } } });
    expect((await node.settled(key)).reason).to.equal('Installed');
    expect(await node.runsCounted(key.name)).to.deep.equal({ install: 1, upgrade: 2 });
    expect(await node.runsRecorded(key)).to.deep.equal(['install', 'upgrade', 'upgrade']);
  });

  it('uninstalls, and installs again when that is taken back', async () => {
    const key = await installed('uninstalled');
    await node.change(key, { spec: { uninstalled: true } });
    expect((await node.settled(key)).reason).to.equal('Uninstalled');
    expect(await node.runsRecorded(key)).to.deep.equal(['install', 'uninstall']);
    await node.change(key, { spec: { uninstalled: null } });
    expect((await node.settled(key)).reason).to.equal('Installed');
    expect(await node.runsCounted(key.name)).to.deep.equal({ install: 2, uninstall: 1 });
    expect(await node.runsRecorded(key), 'of the new installation').to.deep.equal(['install']);
  });

  it('installs again under the name of a deleted Installation', async () => {
    const key = await installed('again');
    await node.kubectl('delete', 'installation', key.name, '-n', namespace, '--wait=false');
    await node.gone(key);
    expect(await node.runsRecorded(key)).to.deep.equal(['install', 'uninstall']);
    await node.install(node.sample(namespace, key.name).build());
    expect((await node.settled(key)).reason).to.equal('Installed');
    expect(await node.runsCounted(key.name)).to.deep.equal({ install: 2, uninstall: 1 });
    expect(await node.runsRecorded(key), 'of the new installation').to.deep.equal(['install']);
  });

  for (const component of ['manager', 'state-store'] as const) {
    it(`records a run during which the ${component} is killed, and runs nothing twice`, async () => {
      const name = `killed-${component}-${process.pid}`;
      const key = await node.install(node.sample(namespace, name, { delay: DELAY }).build());
      await node.bundleRunning(namespace);
      const killedAt = await node.kill(component);
      const { reason, object } = await node.settled(key);
      expect(reason).to.equal('Installed');
      expect(Date.parse(object.status?.run?.finishedAt ?? ''), 'the end of the run').to.be.at.least(killedAt);
      expect(await node.runsCounted(key.name)).to.deep.equal({ install: 1 });
      expect(await node.runsRecorded(key)).to.deep.equal(['install']);
    });
  }

  for (const [name, replicas] of [
    ['porterops-controller-manager', 1],
    ['porterops-state-store', 1],
    ['porterops-state-store', 2],
  ] as const) {
    it(`fails no run that begins or ends during a roll-out of ${name} with replicas: ${replicas}`, async () => {
      await node.scale(name, replicas);
      const rolledOut = node.rollOut(name);
      // What fails is told at the end; it must not be unhandled before.
      rolledOut.catch(() => undefined);
      const keys: ObjectKey[] = [];
      for (let number = 0; number < ROLLED_OUT_RUNS; number += 1) {
        keys.push(await node.install(node.sample(namespace, `${name}-${replicas}-${number}-${process.pid}`).build()));
        await delay(BETWEEN_RUNS_MS);
      }
      await rolledOut;
      for (const key of keys) {
        expect((await node.settled(key)).reason, key.name).to.equal('Installed');
        expect(await node.runsCounted(key.name)).to.deep.equal({ install: 1 });
        expect(await node.runsRecorded(key)).to.deep.equal(['install']);
      }
      await node.scale(name, 1);
    });
  }

  it('leaves what is installed when the deletion policy says orphan', async () => {
    const key = await installed('orphan');
    await node.change(key, { metadata: { annotations: { 'getporter.org/deletion-policy': 'orphan' } } });
    await node.kubectl('delete', 'installation', key.name, '-n', namespace, '--wait=false');
    await node.gone(key);
    expect(await node.runsCounted(key.name)).to.deep.equal({ install: 1 });
    expect(await node.runsRecorded(key)).to.deep.equal(['install']);
  });
});
