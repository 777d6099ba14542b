import { expect } from 'chai';
import { FakeClock } from '../../test/support/fake-clock.js';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import type { Client, KubernetesJson, ObjectMeta, Stored, Transport } from '../client/index.js';
import { CONFIG_MAPS, SECRETS } from '../client/index.js';
import { silentLogger } from '../telemetry/index.js';
import { Informers } from './informers.js';
import { OwnWrites } from './own-writes.js';

const KEY = { namespace: 'default', name: 'one' };
const OWNER = { apiVersion: 'example.test/v1', kind: 'Widget', name: 'one', uid: 'u' };

function stored(version: number, metadata: Partial<ObjectMeta> = {}): Stored<KubernetesJson> {
  const identity = { uid: 'u', resourceVersion: `${version}`, creationTimestamp: '' };
  return { metadata: { ...aWidget('one').metadata, ...identity, ...metadata } };
}

describe('OwnWrites', () => {
  let clock: FakeClock;
  let informers: Informers;
  let writes: OwnWrites;

  beforeEach(() => {
    clock = new FakeClock();
    const none = {} as unknown as Client & Transport;
    const deps = {
      client: none,
      transport: none,
      scheduler: clock,
      random: { next: () => 0 },
      log: silentLogger,
      scope: {},
    };
    informers = new Informers(deps);
    writes = new OwnWrites(informers, clock);
    writes.track(WIDGETS);
    informers.watch(WIDGETS).sinkOf().replace([], '10');
    informers.watch(CONFIG_MAPS, { labelSelector: 'mine=yes' }).sinkOf().replace([], '10');
  });

  const seeWidget = (version: number) =>
    informers
      .watch(WIDGETS)
      .sinkOf()
      .apply({ type: 'MODIFIED', object: stored(version) });

  it('holds an object back until its own write is seen', () => {
    writes.note(WIDGETS, stored(12));
    expect(writes.isBehind(WIDGETS, KEY)).to.equal(true);
    seeWidget(11);
    expect(writes.isBehind(WIDGETS, KEY)).to.equal(true);
    seeWidget(12);
    expect(writes.isBehind(WIDGETS, KEY)).to.equal(false);
  });

  it('is satisfied by anything later, such as a bookmark', () => {
    writes.note(WIDGETS, stored(12));
    informers.watch(WIDGETS).sinkOf().apply({ type: 'BOOKMARK', resourceVersion: '900', endsList: false });
    expect(writes.isBehind(WIDGETS, KEY)).to.equal(false);
  });

  it('does not wait for what the cache was faster to see', () => {
    seeWidget(12);
    writes.note(WIDGETS, stored(12));
    expect(writes.isBehind(WIDGETS, KEY)).to.equal(false);
  });

  it('holds the owner back until its new child is seen', () => {
    const child = stored(13, { name: 'part', labels: { mine: 'yes' }, ownerReferences: [OWNER] });
    writes.note(CONFIG_MAPS, child);
    expect(writes.isBehind(WIDGETS, KEY)).to.equal(true);
    informers.watch(CONFIG_MAPS, { labelSelector: 'mine=yes' }).sinkOf().apply({ type: 'ADDED', object: child });
    expect(writes.isBehind(WIDGETS, KEY)).to.equal(false);
  });

  it('does not wait for what nobody watches', () => {
    writes.note(SECRETS, stored(13, { name: 'part', ownerReferences: [OWNER] }));
    writes.note(CONFIG_MAPS, stored(13, { name: 'part', ownerReferences: [OWNER] }));
    expect(writes.isBehind(WIDGETS, KEY)).to.equal(false);
  });

  it('holds nobody else back', () => {
    writes.note(WIDGETS, stored(12));
    expect(writes.isBehind(WIDGETS, { namespace: 'other', name: 'one' })).to.equal(false);
  });

  describe('when an object goes', () => {
    const deleted = { type: 'DELETED', object: stored(13) } as const;
    beforeEach(() => seeWidget(11));

    it('forgets what it wrote, seen or not', () => {
      writes.note(WIDGETS, stored(12));
      writes.forget(WIDGETS, KEY);
      expect(writes.isBehind(WIDGETS, KEY)).to.equal(false);
      expect(writes.wrote(WIDGETS, stored(12))).to.equal(false);
    });

    it('remembers what it owned, which matters to the next one of its name', async () => {
      writes.note(CONFIG_MAPS, stored(13, { name: 'part', labels: { mine: 'yes' }, ownerReferences: [OWNER] }));
      writes.forget(WIDGETS, KEY);
      expect(writes.isBehind(WIDGETS, KEY)).to.equal(true);
      await clock.advance(5001);
      expect(writes.isBehind(WIDGETS, KEY)).to.equal(false);
    });

    it('does so too when its end is seen before the reply to the write that let it go', () => {
      informers.watch(WIDGETS).sinkOf().apply(deleted);
      writes.forget(WIDGETS, KEY);
      writes.note(WIDGETS, stored(12));
      expect(writes.wrote(WIDGETS, stored(12))).to.equal(false);
    });

    it('still knows its own write to one that is there and that it was the last to write', () => {
      seeWidget(12);
      writes.note(WIDGETS, stored(12));
      expect(writes.wrote(WIDGETS, stored(12))).to.equal(true);
    });
  });

  it('waits five seconds at most', async () => {
    writes.note(WIDGETS, stored(12));
    await clock.advance(5000);
    expect(writes.isBehind(WIDGETS, KEY)).to.equal(true);
    await clock.advance(1);
    expect(writes.isBehind(WIDGETS, KEY)).to.equal(false);
  });
});
