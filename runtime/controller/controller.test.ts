import { expect } from 'chai';
import { FakeClock, settled } from '../../test/support/fake-clock.js';
import type { Widget } from '../../test/support/widgets.js';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import { Informers, OwnWrites } from '../cache/index.js';
import type { Client, KubernetesJson, ObjectKey, Resource, Stored, Transport } from '../client/index.js';
import { ApiError, CONFIG_MAPS } from '../client/index.js';
import type { Outcome, PassContext } from '../reconciler/index.js';
import { done, progress, retry, stalled, wait } from '../reconciler/index.js';
import type { Logger } from '../telemetry/index.js';
import { Metrics, Tracing, silentLogger } from '../telemetry/index.js';
import { Controller } from './controller.js';
import type { ReconcilesOptions } from './reconciles.js';
import type { WatchBuilder } from './watch-builder.js';

const GADGETS: Resource<Widget> = { ...WIDGETS, kind: 'Gadget', plural: 'gadgets', specRequired: true };

/** A reconciler whose passes the test ends. */
class Played {
  readonly passes: { key: ObjectKey; pass: PassContext; end: (outcome: Outcome) => Promise<void> }[] = [];
  watches: (on: WatchBuilder) => void = () => undefined;

  watch(on: WatchBuilder): void {
    this.watches(on);
  }

  reconcile(key: ObjectKey, pass: PassContext): Promise<Outcome> {
    return new Promise((resolve) => {
      const end = (outcome: Outcome) => {
        resolve(outcome);
        return settled();
      };
      this.passes.push({ key, pass, end });
    });
  }

  get names(): string[] {
    return this.passes.map(({ key }) => key.name);
  }

  get last() {
    return this.passes.at(-1)!;
  }
}

describe('Controller', () => {
  let clock: FakeClock;
  let informers: Informers;
  let ownWrites: OwnWrites;
  let played: Played;
  let metrics: Metrics;
  let controller: Controller;
  let version: number;
  let logged: string[];

  function begin(options: ReconcilesOptions = {}): void {
    const error = (fields: object) => {
      const { err, failures } = fields as { err: Error; failures: number };
      logged.push(`${failures} ${err.message}`);
    };
    const warn = (fields: object) => {
      const { reason, detail } = fields as { reason?: string; detail?: string };
      if (reason !== undefined) logged.push(`${reason}: ${detail}`);
    };
    const log: Logger = { ...silentLogger, error, warn, child: () => log };
    const random = { next: () => 0.5 };
    const deps = { informers, ownWrites, scheduler: clock, random, metrics, tracing: new Tracing(), log };
    controller = new Controller(played, { resource: WIDGETS, ...options }, deps);
    controller.watch();
    informers.watch(WIDGETS).sinkOf().replace([], '10');
    void controller.run(2);
  }

  function stored(object: KubernetesJson): Stored<KubernetesJson> {
    const identity = { uid: object.metadata.name, resourceVersion: `${++version}`, creationTimestamp: '' };
    return { ...object, metadata: { ...object.metadata, ...identity } };
  }

  async function see(object: KubernetesJson): Promise<void> {
    informers
      .watch(WIDGETS)
      .sinkOf()
      .apply({ type: 'ADDED', object: stored(object) });
    await settled();
  }

  beforeEach(() => {
    clock = new FakeClock();
    const none = {} as unknown as Client & Transport;
    const random = { next: () => 0 };
    informers = new Informers({
      client: none,
      transport: none,
      scheduler: clock,
      random,
      log: silentLogger,
      scope: {},
    });
    ownWrites = new OwnWrites(informers, clock);
    played = new Played();
    metrics = new Metrics();
    version = 10;
    logged = [];
  });

  it('works on as many keys at a time as it may', async () => {
    begin();
    for (const name of ['a', 'b', 'c']) await see(aWidget(name));
    expect(played.names).to.deep.equal(['a', 'b']);
    await played.last.end(done());
    expect(played.names).to.deep.equal(['a', 'b', 'c']);
  });

  it('never works on a key twice at once, and looks again when it changed meanwhile', async () => {
    begin();
    await see(aWidget('a'));
    await see(aWidget('a', { size: 2 }));
    expect(played.passes).to.have.length(1);
    await played.last.end(done());
    expect(played.passes).to.have.length(2);
    await played.last.end(done());
    expect(played.passes).to.have.length(2);
  });

  it('looks again at once after progress', async () => {
    begin();
    await see(aWidget('a'));
    await played.last.end(progress());
    expect(played.passes).to.have.length(2);
  });

  it('looks again when it was asked to, and not before', async () => {
    begin();
    await see(aWidget('a'));
    await played.last.end(wait('Waiting', 'for something', { afterMs: 5000 }));
    await clock.advance(4999);
    expect(played.passes).to.have.length(1);
    await clock.advance(1);
    expect(played.passes).to.have.length(2);
  });

  it('does not look again by itself when it is done, waits for an event or is stalled', async () => {
    begin();
    for (const outcome of [done(), wait('Waiting', 'for an event'), stalled('Broken', 'mend it')]) {
      await see(aWidget('a'));
      await played.last.end(outcome);
    }
    await clock.advance(3_600_000);
    expect(played.passes).to.have.length(3);
  });

  it('logs once why something is stalled, and again when it is stalled anew', async () => {
    begin();
    for (const outcome of [stalled('A', 'a'), stalled('A', 'a'), stalled('A', 'b'), done(), stalled('A', 'b')]) {
      await see(aWidget('a'));
      await played.last.end(outcome);
    }
    expect(logged).to.deep.equal(['A: a', 'A: b', 'A: b']);
  });

  it('looks again at what is stalled when it was asked to', async () => {
    begin();
    await see(aWidget('a'));
    await played.last.end(stalled('Forbidden', 'ask somebody who wakes nobody', { afterMs: 5000 }));
    await clock.advance(4999);
    expect(played.passes).to.have.length(1);
    await clock.advance(1);
    expect(played.passes).to.have.length(2);
  });

  it('backs off while a key fails, counts for it, and starts over when it did well', async () => {
    begin();
    await see(aWidget('a'));
    for (const [failures, delay] of [200, 400, 800].entries()) {
      expect(played.last.pass.failures).to.equal(failures);
      await played.last.end(retry(new Error('no')));
      await clock.advance(delay - 1);
      expect(played.passes).to.have.length(failures + 1);
      await clock.advance(1);
    }
    await played.last.end(done());
    await see(aWidget('a', { size: 2 }));
    expect(played.last.pass.failures).to.equal(0);
  });

  it('logs a failure at once, but one that others cause or the server only when it lasts', async () => {
    begin();
    await see(aWidget('a'));
    for (let failures = 0; failures < 5; failures++) {
      await played.last.end(retry(new ApiError('taken', { code: 409, reason: 'AlreadyExists' })));
      await clock.advance(60_000);
    }
    expect(logged).to.deep.equal(['4 taken', '5 taken']);
    await played.last.end(retry(new Error('a mistake')));
    expect(logged).to.include('6 a mistake');
  });

  it('goes on after a pass that throws, and tries that key again', async () => {
    const pass = played.reconcile.bind(played);
    played.reconcile = () => {
      played.reconcile = pass;
      throw new Error('a mistake');
    };
    begin();
    await see(aWidget('a'));
    expect(logged).to.deep.equal(['1 a mistake']);
    for (const name of ['b', 'c', 'd']) await see(aWidget(name));
    expect(played.names).to.deep.equal(['b', 'c']);
    for (const { end } of played.passes) await end(done());
    await clock.advance(200);
    expect(played.names).to.deep.equal(['b', 'c', 'd', 'a']);
    expect(await metrics.scrape()).to.include('controller_runtime_reconcile_errors_total{controller="widget"} 1');
  });

  it('waits as long as the server asked', async () => {
    begin();
    await see(aWidget('a'));
    await played.last.end(retry(new ApiError('busy', { code: 429, reason: 'TooManyRequests', retryAfterMs: 30_000 })));
    await clock.advance(29_999);
    expect(played.passes).to.have.length(1);
    await clock.advance(1);
    expect(played.passes).to.have.length(2);
  });

  it('tells a pass that its time is over and keeps the key until it has ended', async () => {
    begin({ timeoutMs: 1000 });
    await see(aWidget('a'));
    await clock.advance(1000);
    expect(played.last.pass.signal.aborted).to.equal(true);
    await see(aWidget('a', { size: 2 }));
    expect(played.passes).to.have.length(1);
    await played.last.end(retry(new Error('cut off')));
    expect(played.passes).to.have.length(2);
  });

  it('does not run a key before the cache contains its own last write', async () => {
    begin();
    await see(aWidget('a'));
    const written = stored(aWidget('a', { size: 2 }));
    ownWrites.note(WIDGETS, written);
    await played.last.end(progress());
    expect(played.passes).to.have.length(1);
    informers.watch(WIDGETS).sinkOf().apply({ type: 'MODIFIED', object: written });
    await clock.advance(20);
    expect(played.passes).to.have.length(2);
  });

  describe('after its own status write', () => {
    const withStatus = (size: number) => stored({ ...aWidget('a', { generation: 1 }), status: { size } } as Widget);
    const tell = (object: Stored<KubernetesJson>) => {
      informers.watch(WIDGETS).sinkOf().apply({ type: 'MODIFIED', object });
      return settled();
    };

    beforeEach(async () => {
      begin();
      await tell(withStatus(0));
    });

    /** The pass under way writes a status, ends, and the event comes. */
    const write = async (size: number, outcome: Outcome) => {
      const written = withStatus(size);
      ownWrites.note(WIDGETS, written);
      await played.last.end(outcome);
      await tell(written);
    };

    it('looks again at once when it was done, in case there is something to clear up, but only once', async () => {
      await write(1, done());
      expect(played.passes).to.have.length(2);
      await write(2, done());
      expect(played.passes).to.have.length(2);
      await clock.advance(10_000);
      expect(played.passes).to.have.length(3);
    });

    it('looks at once after an event, also after such a second look', async () => {
      await write(1, done());
      await write(2, done());
      await see(aWidget('a', { generation: 2 }));
      await write(3, done());
      expect(played.passes).to.have.length(4);
    });

    it('does not look again at once when it waits, but a little later', async () => {
      await write(1, wait('Waiting', 'for an event'));
      expect(played.passes).to.have.length(1);
      await clock.advance(10_000);
      expect(played.passes).to.have.length(2);
    });

    it('does so too when the event comes before the reply', async () => {
      const written = withStatus(1);
      await tell(written);
      ownWrites.note(WIDGETS, written);
      await played.last.end(wait('Waiting', 'for an event'));
      expect(played.passes).to.have.length(1);
    });

    it('looks again at once when somebody else wrote the status', async () => {
      ownWrites.note(WIDGETS, withStatus(1));
      await played.last.end(wait('Waiting', 'for an event'));
      await tell(withStatus(2));
      await clock.advance(20);
      expect(played.passes).to.have.length(2);
    });

    it('looks again at once when more than the status changed', async () => {
      await played.last.end(done());
      const labelled = stored(aWidget('a', { generation: 1, labels: { a: 'b' } }));
      ownWrites.note(WIDGETS, labelled);
      await tell(labelled);
      expect(played.passes).to.have.length(2);
    });

    it('keeps to the backoff of a key that fails, however its status changes', async () => {
      for (const size of [1, 2, 3, 4]) {
        const written = withStatus(size);
        ownWrites.note(WIDGETS, written);
        await tell(written);
        await played.last.end(retry(new Error(`no ${size}`)));
        await clock.advance(200 * 2 ** (size - 1) - 1);
        expect(played.passes).to.have.length(size);
        await clock.advance(1);
      }
    });
  });

  it('wakes the owner of what it owns, and only an owner of its own kind', async () => {
    played.watches = (on) => on.owns(CONFIG_MAPS);
    begin();
    const owner = { apiVersion: 'example.test/v1', kind: 'Widget', name: 'a', uid: 'u', controller: true };
    const owners = [owner, { ...owner, name: 'b', controller: false }, { ...owner, name: 'c', kind: 'Gadget' }];
    for (const [i, reference] of [...owners, { ...owner, name: 'd', apiVersion: 'other/v1' }].entries()) {
      const metadata = { namespace: 'default', name: `part-${i}`, ownerReferences: [reference] };
      informers
        .watch(CONFIG_MAPS)
        .sinkOf()
        .apply({ type: 'ADDED', object: stored({ metadata }) });
    }
    await settled();
    expect(played.passes.map(({ key }) => key)).to.deep.equal([{ namespace: 'default', name: 'a' }]);
  });

  it('wakes the keys that a change was mapped to before and after', async () => {
    played.watches = (on) =>
      on.watches(CONFIG_MAPS, { map: ({ metadata }) => [{ namespace: 'x', name: metadata.labels?.['for'] ?? '' }] });
    begin();
    const part = (label: string) => stored({ metadata: { namespace: 'x', name: 'part', labels: { for: label } } });
    informers
      .watch(CONFIG_MAPS)
      .sinkOf()
      .apply({ type: 'ADDED', object: part('one') });
    await settled();
    await played.last.end(done());
    informers
      .watch(CONFIG_MAPS)
      .sinkOf()
      .apply({ type: 'MODIFIED', object: part('two') });
    await settled();
    expect(played.names).to.deep.equal(['one', 'one', 'two']);
  });

  it('wakes whom a change concerns now although its map fails for what was before', async () => {
    played.watches = (on) =>
      on.watches(CONFIG_MAPS, { map: ({ metadata }) => [{ namespace: 'x', name: metadata.labels!['for']! }] });
    begin();
    const part = (labels?: Record<string, string>) => stored({ metadata: { namespace: 'x', name: 'part', labels } });
    informers.watch(CONFIG_MAPS).sinkOf().apply({ type: 'ADDED', object: part() });
    informers
      .watch(CONFIG_MAPS)
      .sinkOf()
      .apply({ type: 'MODIFIED', object: part({ for: 'one' }) });
    await settled();
    expect(played.names).to.deep.equal(['one']);
  });

  it('maps no object without the spec that its kind requires, but works on one of its own kind', async () => {
    played.watches = (on) => on.watches(GADGETS, { map: ({ spec }) => [{ namespace: 'x', name: `w-${spec.size}` }] });
    begin();
    informers
      .watch(GADGETS)
      .sinkOf()
      .apply({ type: 'ADDED', object: stored({ metadata: { namespace: 'x', name: 'empty' } }) });
    informers
      .watch(GADGETS)
      .sinkOf()
      .apply({ type: 'ADDED', object: stored(aWidget('full', { size: 3 })) });
    await see({ metadata: { namespace: 'default', name: 'bare' } });
    expect(played.names).to.deep.equal(['w-3', 'bare']);
    expect(logged).to.deep.equal([]);
  });

  it('refuses to watch one resource in two forms', () => {
    played.watches = (on) => on.owns(CONFIG_MAPS).owns(CONFIG_MAPS, { labelSelector: 'a=b' });
    expect(() => begin()).to.throw('configmaps in different forms');
  });

  it('takes nothing more when it is stopped and cuts off what is left when told', async () => {
    begin();
    await see(aWidget('a'));
    controller.stop();
    await see(aWidget('b'));
    expect(played.names).to.deep.equal(['a']);
    controller.abort('stopping');
    expect(played.last.pass.signal.aborted).to.equal(true);
  });

  it('publishes its numbers under the names that dashboards know', async () => {
    begin();
    await see(aWidget('a'));
    await played.last.end(stalled('Broken', 'mend it'));
    const text = await metrics.scrape();
    for (const line of [
      'controller_runtime_reconcile_total{controller="widget",result="error"} 1',
      'controller_runtime_terminal_reconcile_errors_total{controller="widget"} 1',
      'controller_runtime_max_concurrent_reconciles{controller="widget"} 2',
      'controller_runtime_active_workers{controller="widget"} 0',
      'workqueue_depth{name="widget",controller="widget"} 0',
      'workqueue_adds_total{name="widget",controller="widget"} 1',
      'workqueue_unfinished_work_seconds{name="widget",controller="widget"} 0',
      'controller_runtime_reconcile_time_seconds_count{controller="widget"} 1',
    ]) {
      expect(text).to.include(line);
    }
  });
});
