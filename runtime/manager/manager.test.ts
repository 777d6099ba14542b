import { expect } from 'chai';
import { inject, injectable } from 'inversify';
import { eventually } from '../../test/support/eventually.js';
import { FakeApiServer } from '../../test/support/fake-api-server.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import { runtimeOn } from '../../test/support/runtime-container.js';
import type { Widget } from '../../test/support/widgets.js';
import { WIDGETS, aWidget } from '../../test/support/widgets.js';
import type { Reader } from '../cache/index.js';
import { BY_OWNER } from '../cache/index.js';
import type { ConfigMap, DeepReadonly, Resource, Stored } from '../client/index.js';
import { CONFIG_MAPS, keyOf } from '../client/index.js';
import type { Scheduler } from '../clock/index.js';
import { systemScheduler } from '../clock/index.js';
import type { WatchBuilder } from '../controller/index.js';
import { RECONCILER, Reconciles } from '../controller/index.js';
import type { Acted, ObserveContext, ReconcileContext, Snapshot } from '../reconciler/index.js';
import { Reconciler, ReconcilerDeps, done, progress, stalled } from '../reconciler/index.js';
import { kstatusConditions } from '../status/index.js';
import { Manager } from './manager.js';

const FINALIZER = 'example.test/finalizer';
const EVENTS = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', namespaced: true } as Resource;

interface WidgetSnapshot extends Snapshot<Widget> {
  readonly parts: readonly DeepReadonly<Stored<ConfigMap>>[];
}

type Decision = { readonly action: 'Create' | 'Wait' | 'Release' | 'Spin' | 'Refuse' };

/** Makes one ConfigMap per Widget and spins or refuses when the size says so. */
@injectable()
@Reconciles(WIDGETS, { finalizer: FINALIZER })
class WidgetReconciler extends Reconciler<Widget, WidgetSnapshot, Decision, undefined> {
  static acts: string[] = [];

  constructor(@inject(ReconcilerDeps) deps: ReconcilerDeps) {
    super(deps);
  }

  watch(on: WatchBuilder): void {
    on.owns(CONFIG_MAPS);
  }

  observe(object: DeepReadonly<Stored<Widget>>, reader: Reader, { now }: ObserveContext): Promise<WidgetSnapshot> {
    return Promise.resolve({ object, now, parts: reader.byIndex(CONFIG_MAPS, BY_OWNER, object.metadata.uid) });
  }

  decide({ object, parts }: WidgetSnapshot): Decision {
    if (object.metadata.deletionTimestamp !== undefined) return { action: 'Release' };
    if (object.spec.size === 13) return { action: 'Spin' };
    if (object.spec.size < 0) return { action: 'Refuse' };
    return { action: parts.length === 0 ? 'Create' : 'Wait' };
  }

  async act({ action }: Decision, { snapshot }: ReconcileContext<WidgetSnapshot>): Promise<Acted<undefined>> {
    const { object } = snapshot;
    WidgetReconciler.acts.push(`${action} ${object.metadata.name}`);
    switch (action) {
      case 'Create':
        await this.deps.client.create(CONFIG_MAPS, partOf(object));
        return { outcome: progress(), observed: undefined };
      case 'Release':
        await this.deps.finalizers.remove(WIDGETS, object, FINALIZER);
        return { outcome: done(), observed: undefined };
      case 'Spin':
        return { outcome: progress(), observed: undefined };
      case 'Refuse':
        return { outcome: stalled('SizeRefused', 'Give it a size of at least 0.'), observed: undefined };
      case 'Wait':
        return { outcome: done(), observed: undefined };
    }
  }

  describeStatus({ object, now }: WidgetSnapshot, { outcome }: Acted<undefined>): Widget['status'] | undefined {
    if (object.metadata.deletionTimestamp !== undefined) return undefined;
    const previous = object.status?.conditions;
    const conditions = kstatusConditions({ outcome, generation: object.metadata.generation, now, previous });
    return { size: object.spec.size, conditions };
  }
}

/** The same for a kind of another group. */
@injectable()
@Reconciles({ ...WIDGETS, group: 'other.test', kind: 'Gadget', plural: 'gadgets' })
class GadgetReconciler extends WidgetReconciler {
  constructor(@inject(ReconcilerDeps) deps: ReconcilerDeps) {
    super(deps);
  }

  override watch(): void {
    // Nothing besides its own kind.
  }

  override observe(object: DeepReadonly<Stored<Widget>>, _reader: Reader, { now }: ObserveContext) {
    return Promise.resolve({ object, now, parts: [object as unknown as DeepReadonly<Stored<ConfigMap>>] });
  }
}

const NOT_SERVED = { code: 404, body: { kind: 'Status', code: 404, reason: 'NotFound', message: 'not served' } };

function partOf(object: DeepReadonly<Stored<Widget>>): ConfigMap {
  const { name, uid, namespace } = object.metadata;
  const owner = { apiVersion: 'example.test/v1', kind: 'Widget', name, uid, controller: true };
  return { metadata: { namespace, name: `${name}-part`, ownerReferences: [owner] } };
}

function managerFor(api: FakeApiServer, scheduler: Scheduler = systemScheduler): Manager {
  const container = runtimeOn(api, scheduler);
  container.bind(RECONCILER).to(WidgetReconciler);
  return container.get(Manager);
}

describe('Manager', () => {
  let api: FakeApiServer;
  let manager: Manager;

  const widget = (name: string) => api.get(WIDGETS, { namespace: 'default', name });
  const readyOf = (name: string) => widget(name)?.status?.conditions?.find(({ type }) => type === 'Ready');
  const writes = () => api.seen.filter(({ method, path }) => method !== 'GET' && !path.includes('/events'));

  beforeEach(async () => {
    WidgetReconciler.acts = [];
    api = await new FakeApiServer().start();
    manager = managerFor(api);
  });

  afterEach(async () => {
    await manager.stop();
    await api.stop();
  });

  it('brings an object that was there before to Ready with four writes', async () => {
    api.put(WIDGETS, aWidget('one'));
    await manager.start();
    await eventually('Ready', () => Promise.resolve(readyOf('one')?.status === 'True'));
    expect(writes().map(({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`)).to.deep.equal([
      'PATCH widgets/one',
      'POST default/configmaps',
      'PATCH one/status',
      'PATCH one/status',
    ]);
  });

  it('never creates a second child, because it waits for its own write to be seen', async () => {
    await manager.start();
    for (let i = 0; i < 50; i++) api.put(WIDGETS, aWidget(`w-${i}`));
    await eventually('all Ready', () =>
      Promise.resolve(api.list(WIDGETS).every(({ metadata }) => readyOf(metadata.name)?.status === 'True')),
    );
    expect(api.requests('POST', /configmaps/)).to.have.length(50);
  });

  it('lets go of a deleted object', async () => {
    await manager.start();
    api.put(WIDGETS, aWidget('one'));
    await eventually('Ready', () => Promise.resolve(readyOf('one')?.status === 'True'));
    api.remove(WIDGETS, { namespace: 'default', name: 'one' });
    await eventually('gone', () => Promise.resolve(widget('one') === undefined));
  });

  it('makes again what somebody deleted', async () => {
    await manager.start();
    api.put(WIDGETS, aWidget('one'));
    await eventually('Ready', () => Promise.resolve(readyOf('one')?.status === 'True'));
    api.remove(CONFIG_MAPS, { namespace: 'default', name: 'one-part' });
    await eventually('again', () => Promise.resolve(api.list(CONFIG_MAPS).length === 1));
  });

  it('stalls with NoProgress what claims progress three times in vain', async () => {
    await manager.start();
    api.put(WIDGETS, aWidget('spinner', { size: 13 }));
    await eventually('stalled', () => Promise.resolve(readyOf('spinner')?.reason === 'NoProgress'));
    expect(WidgetReconciler.acts.filter((act) => act === 'Spin spinner').length).to.be.at.most(4);
  });

  it('goes on after NoProgress when the object changes', async () => {
    await manager.start();
    api.put(WIDGETS, aWidget('spinner', { size: 13 }));
    await eventually('stalled', () => Promise.resolve(readyOf('spinner')?.reason === 'NoProgress'));
    api.put(WIDGETS, { ...widget('spinner')!, spec: { size: 2 } });
    await eventually('Ready', () => Promise.resolve(readyOf('spinner')?.status === 'True'));
  });

  it('tells what only a person can mend in the conditions and an event, once', async () => {
    await manager.start();
    api.put(WIDGETS, aWidget('bad', { size: -1 }));
    await eventually('event', () => Promise.resolve(api.list(EVENTS).length > 0));
    const condition = widget('bad')?.status?.conditions?.find(({ type }) => type === 'Stalled');
    expect(condition).to.include({ status: 'True', reason: 'SizeRefused', message: 'Give it a size of at least 0.' });
    expect(api.list(EVENTS)).to.have.length(1);
    expect(api.list(EVENTS)[0]).to.deep.include({ type: 'Warning', reason: 'SizeRefused' });
  });

  it('writes nothing when everything is as it should be after a restart', async () => {
    await manager.start();
    api.put(WIDGETS, aWidget('one'));
    await eventually('Ready', () => Promise.resolve(readyOf('one')?.status === 'True'));
    await manager.stop();
    const before = api.seen.length;
    const acts = WidgetReconciler.acts.length;
    manager = managerFor(api);
    await manager.start();
    await eventually('looked at', () => Promise.resolve(WidgetReconciler.acts.length > acts));
    expect(api.seen.slice(before).filter(({ method }) => method !== 'GET')).to.deep.equal([]);
  });

  describe('with a request that hangs', () => {
    let clock: FakeClock;
    const creations = () => api.requests('POST', /configmaps/).length;

    beforeEach(async () => {
      clock = new FakeClock();
      manager = managerFor(api, clock);
      api.fault = ({ method, path }) => (method === 'POST' && path.endsWith('/configmaps') ? 'hang' : undefined);
      api.put(WIDGETS, aWidget('one'));
      await manager.start();
      await eventually('a request that hangs', () => creations() === 1);
    });

    it('cuts the request off with its pass, and tries again', async () => {
      api.fault = () => undefined;
      await clock.advance(60_000);
      // The end of the pass comes over the network; then its backoff is to pass.
      await eventually('another try', () => clock.advance(300).then(() => creations() === 2));
      await eventually('Ready', () => clock.advance(100).then(() => readyOf('one')?.status === 'True'));
    });

    it('gives it some time at shutdown, and then ends it and the pass', async () => {
      const stopped = manager.stop().then(() => (isStopped = true));
      let isStopped = false;
      await clock.advance(3_999);
      expect(isStopped).to.equal(false);
      await clock.advance(1);
      await stopped;
    });
  });

  it('lets a write that is under way at shutdown have its effect', async () => {
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    api.delay = ({ method, path }) => (method === 'POST' && path.endsWith('/configmaps') ? held : undefined);
    api.put(WIDGETS, aWidget('one'));
    await manager.start();
    await eventually('a request', () => api.requests('POST', /configmaps/).length === 1);
    const stopped = manager.stop();
    answer();
    await stopped;
    expect(api.list(CONFIG_MAPS)).to.have.length(1);
    expect(readyOf('one')?.reason).to.equal('Progressing');
  });

  it('serves a family while another one waits for its kinds, and that one as soon as they are served', async () => {
    const gadgets = { ...WIDGETS, group: 'other.test', kind: 'Gadget', plural: 'gadgets' };
    let isServed = false;
    api.fault = ({ path }) => (path.includes('/other.test/') && !isServed ? NOT_SERVED : undefined);
    api.put(WIDGETS, aWidget('one'));
    api.put(gadgets, aWidget('one'));
    const container = runtimeOn(api);
    container.bind(RECONCILER).to(WidgetReconciler);
    container.bind(RECONCILER).to(GadgetReconciler);
    manager = container.get(Manager);
    await manager.start();
    await eventually('Ready', () => Promise.resolve(readyOf('one')?.status === 'True'));
    expect(api.get(gadgets, { namespace: 'default', name: 'one' })).not.to.have.property('status');
    isServed = true;
    await eventually('the other family is served', () => {
      const status = api.get(gadgets, { namespace: 'default', name: 'one' })?.status;
      return Promise.resolve(
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true,
      );
    });
  });

  it('can be stopped while a family is not served', async () => {
    api.fault = ({ path }) => (path.includes('/example.test/') ? NOT_SERVED : undefined);
    await manager.start();
    await manager.stop();
    expect(api.openWatches).to.equal(0);
  });

  it('can be stopped before the caches are filled', async () => {
    api.fault = () => ({ code: 403 });
    const started = manager.start();
    await eventually('a list', () => api.seen.length > 0);
    await manager.stop();
    await started;
    expect(WidgetReconciler.acts).to.deep.equal([]);
  });

  it('survives dropped watches and forgotten versions without losing a change', async () => {
    await manager.start();
    for (let i = 0; i < 20; i++) {
      api.put(WIDGETS, aWidget(`w-${i}`));
      if (i % 5 === 0) api.dropWatches();
      if (i % 7 === 0) api.store.compact();
    }
    await eventually('all Ready', () =>
      Promise.resolve(api.list(WIDGETS).every((one) => readyOf(keyOf(one).name)?.status === 'True')),
    );
    expect(api.requests('POST', /configmaps/).length).to.equal(20);
  });
});
