import { expect } from 'chai';
import { eventually } from '../../test/support/eventually.js';
import { FakeApiServer } from '../../test/support/fake-api-server.js';
import type { Widget } from '../../test/support/widgets.js';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import type { Transport } from '../client/index.js';
import { Client, openTransport } from '../client/index.js';
import { systemScheduler } from '../clock/index.js';
import { silentLogger } from '../telemetry/index.js';
import { ApiSource } from './api-source.js';
import type { WatchOptions } from './form.js';
import { Informer } from './informer.js';

const LIST_END = { 'k8s.io/initial-events-end': 'true' };

describe('Informer on a server', () => {
  let api: FakeApiServer;
  let transport: Transport;
  let informer: Informer;
  let told: string[];
  let stop: AbortController;
  let ended: Promise<void>;

  async function begin(form: WatchOptions = {}, idleMs = 60_000): Promise<void> {
    const source = new ApiSource({ client: new Client(transport), transport }, WIDGETS, form);
    const deps = { scheduler: systemScheduler, random: { next: () => 0.01 }, log: silentLogger, idleMs };
    informer = new Informer({ resource: WIDGETS, form, sources: new Map([[undefined, source]]) }, deps);
    informer.onChange(({ type, object }) => told.push(`${type} ${object.metadata.name}`));
    ended = informer.run(stop.signal);
    await informer.whenSynced();
    await watching();
  }

  const lists = () => api.requests('GET').length;
  const watching = () => eventually('a watch', () => api.openWatches === 1);
  const hears = (...changes: string[]) => eventually(changes.join(), () => changes.every((one) => told.includes(one)));
  const remove = (name: string) => api.remove(WIDGETS, { namespace: 'default', name });

  beforeEach(async () => {
    told = [];
    stop = new AbortController();
    api = await new FakeApiServer().start();
    transport = openTransport(() => api.kubeConfig());
  });

  afterEach(async () => {
    stop.abort();
    await transport.close();
    await ended;
    await api.stop();
  });

  it('is settled while its kind is not served, and synced soon after it is', async () => {
    api.put(WIDGETS, aWidget('before'));
    api.fault = () => ({ code: 404, body: { kind: 'Status', reason: 'NotFound', code: 404, message: 'not served' } });
    const starting = begin();
    await eventually('the server was asked', () => api.seen.length > 0);
    await informer.whenSettled();
    expect(informer).to.include({ settled: true, synced: false });
    expect(informer.failure).to.include('not served');
    api.fault = () => ({ code: 503 });
    await eventually('the server is away', () => !informer.failure?.includes('not served'));
    expect(informer.settled).to.equal(true);
    api.fault = () => undefined;
    await starting;
    expect(informer).to.include({ settled: true, synced: true, failure: undefined });
    expect(told).to.deep.equal(['added before']);
  });

  it('is not settled while the server is away or forbids to look', async () => {
    let code = 503;
    api.fault = () => ({ code });
    const starting = begin();
    await eventually('the server was asked', () => api.seen.length > 0);
    expect(informer.settled).to.equal(false);
    code = 403;
    await eventually('it is forbidden', () => informer.failure?.includes('403') === true);
    expect(informer.settled).to.equal(false);
    api.fault = () => undefined;
    await starting;
  });

  describe('on a server that streams lists', () => {
    beforeEach(() => (api.streamsLists = true));

    it('lists without asking for pages, and goes on from there', async () => {
      api.put(WIDGETS, aWidget('one', { labels: { a: 'b' } }));
      api.put(WIDGETS, aWidget('two'));
      await begin({ labelSelector: 'a=b' });
      expect(lists()).to.equal(0);
      expect(told).to.deep.equal(['added one']);
      api.put(WIDGETS, aWidget('three', { labels: { a: 'b' } }));
      await hears('added three');
    });

    it('keeps nothing of a stream that breaks before it is complete', async () => {
      api.listScript = [
        [
          {
            type: 'ADDED',
            object: { metadata: { namespace: 'default', name: 'ghost', uid: 'g', resourceVersion: '1' } },
          },
        ],
      ];
      api.put(WIDGETS, aWidget('one'));
      await begin();
      expect(told).to.deep.equal(['added one']);
    });

    it('heeds what changes while it lists', async () => {
      const widget = (name: string, uid: string, resourceVersion: string) => ({
        metadata: { namespace: 'default', name, uid, resourceVersion },
      });
      api.listScript = [
        [
          { type: 'ADDED', object: widget('one', 'a', '101') },
          { type: 'ADDED', object: widget('two', 'b', '102') },
          { type: 'DELETED', object: widget('one', 'a', '103') },
          { type: 'ADDED', object: widget('one', 'c', '104') },
          { type: 'MODIFIED', object: widget('two', 'b', '105') },
          { type: 'BOOKMARK', object: { metadata: { resourceVersion: '105', annotations: LIST_END } } },
        ],
      ];
      await begin();
      const kept = informer.cache
        .list()
        .map(({ metadata }) => `${metadata.name} ${metadata.uid}@${metadata.resourceVersion}`);
      expect(kept).to.have.members(['one c@104', 'two b@105']);
    });

    it('asks for pages where a bookmark does not end the list', async () => {
      api.put(WIDGETS, aWidget('one'));
      api.listScript = [[{ type: 'BOOKMARK', object: { metadata: { resourceVersion: '100' } } }]];
      await begin();
      expect(lists()).to.equal(1);
      expect(told).to.deep.equal(['added one']);
    });

    it('finds by a second list what has gone, also of metadata only', async () => {
      api.put(WIDGETS, aWidget('one'));
      api.put(WIDGETS, aWidget('two'));
      await begin({ metadataOnly: true });
      api.dropWatches();
      remove('one');
      api.store.compacted = api.store.version;
      await hears('deleted one');
      expect(informer.cache.list()).to.have.length(1);
      expect(lists()).to.equal(0);
    });

    it('lists again when the stream breaks before it is complete', async () => {
      let breaks = 2;
      api.fault = ({ query }) => (query['sendInitialEvents'] === 'true' && breaks-- > 0 ? 'reset' : undefined);
      api.put(WIDGETS, aWidget('one'));
      await begin();
      expect(told).to.deep.equal(['added one']);
      expect(lists()).to.equal(0);
    });
  });

  it('asks a server that cannot stream lists only once for one', async () => {
    await begin();
    api.store.compacted = api.store.version + 100;
    api.dropWatches();
    await eventually('it lists again', () => lists() >= 2);
    expect(api.seen.filter(({ query }) => query['sendInitialEvents'] === 'true')).to.have.length(1);
  });

  describe('of two namespaces', () => {
    const source = (namespace: string) =>
      new ApiSource({ client: new Client(transport), transport }, WIDGETS, {}, namespace);

    beforeEach(async () => {
      api.put(WIDGETS, aWidget('one', { namespace: 'shop' }));
      api.put(WIDGETS, aWidget('one', { namespace: 'bank' }));
      api.put(WIDGETS, aWidget('one', { namespace: 'elsewhere' }));
      const sources = new Map(['shop', 'bank'].map((namespace) => [namespace, source(namespace)]));
      const deps = { scheduler: systemScheduler, random: { next: () => 0.01 }, log: silentLogger };
      informer = new Informer({ resource: WIDGETS, form: {}, sources }, deps);
      informer.onChange(({ type, object }) => told.push(`${type} ${object.metadata.namespace}`));
      ended = informer.run(stop.signal);
      await informer.whenSynced();
      await eventually('two watches', () => api.openWatches === 2);
    });

    it('sees these and no other', async () => {
      api.put(WIDGETS, aWidget('two', { namespace: 'elsewhere' }));
      api.put(WIDGETS, aWidget('two', { namespace: 'shop' }));
      await eventually('it is told', () => told.length === 3);
      expect(told).to.have.members(['added shop', 'added bank', 'added shop']);
      expect(informer.covers('bank')).to.equal(true);
      expect(informer.covers('elsewhere')).to.equal(false);
    });

    it('takes a list of one for the word about that one only', () => {
      informer.sinkOf('shop').replace([], '99');
      expect(told.slice(2)).to.deep.equal(['deleted shop']);
      expect(informer.cache.list().map(({ metadata }) => metadata.namespace)).to.deep.equal(['bank']);
      expect(informer.positionIn('shop')).to.equal('99');
      expect(informer.positionIn('bank')).not.to.equal('99');
    });
  });

  it('lists, then hears of everything that happens', async () => {
    api.put(WIDGETS, aWidget('before'));
    await begin();
    expect(told).to.deep.equal(['added before']);
    api.put(WIDGETS, aWidget('new'));
    api.put(WIDGETS, aWidget('before', { size: 2 }));
    remove('new');
    await hears('added new', 'modified before', 'deleted new');
    expect(informer.cache.list()).to.have.length(1);
  });

  it('asks for bookmarks and a bounded watch', async () => {
    await begin();
    const watch = api.seen.find((one) => one.watch);
    expect(watch?.query).to.include({ allowWatchBookmarks: 'true' });
    expect(Number(watch?.query['timeoutSeconds'])).to.be.within(240, 300);
  });

  it('resumes a dropped watch without a list and without losing or doubling anything', async () => {
    await begin();
    for (let i = 0; i < 10; i++) {
      api.put(WIDGETS, aWidget(`w-${i}`));
      api.dropWatches();
      await watching();
    }
    await hears('added w-9');
    expect(lists()).to.equal(1);
    expect(told).to.have.length(10);
  });

  it('resumes a watch that the server ended', async () => {
    await begin();
    api.put(WIDGETS, aWidget('one'));
    await hears('added one');
    api.endWatches();
    await watching();
    api.put(WIDGETS, aWidget('two'));
    await hears('added two');
    expect(lists()).to.equal(1);
  });

  it('resumes from a bookmark when the past has been forgotten', async () => {
    await begin();
    api.store.version += 1000;
    api.bookmark();
    await eventually('position', () => informer.positionIn('default') === `${api.store.version}`);
    api.store.compact();
    api.endWatches();
    await watching();
    expect(lists()).to.equal(1);
  });

  it('lists again after an expired version told as an event, and finds what it missed', async () => {
    api.put(WIDGETS, aWidget('gone'));
    api.put(WIDGETS, aWidget('stays'));
    await begin();
    let block = true;
    api.fault = ({ watch }) => (watch && block ? 'reset' : undefined);
    api.dropWatches();
    remove('gone');
    api.put(WIDGETS, aWidget('new'));
    api.store.compact();
    block = false;
    await hears('deleted gone', 'added new');
    expect(told.filter((one) => one.endsWith('stays'))).to.have.length(1);
    expect(lists()).to.equal(2);
  });

  it('lists again after an expired version told as a status', async () => {
    await begin();
    let once = true;
    api.fault = ({ watch }) => (watch && once ? ((once = false), { code: 410 }) : undefined);
    api.dropWatches();
    api.put(WIDGETS, aWidget('new'));
    await hears('added new');
    expect(lists()).to.equal(2);
  });

  it('starts the list again when a page has expired', async () => {
    for (let i = 0; i < 600; i++) api.put(WIDGETS, aWidget(`w-${i}`));
    let once = true;
    api.fault = ({ query }) => {
      if (query['continue'] !== undefined && once) {
        once = false;
        return { code: 410 };
      }
      return undefined;
    };
    await begin();
    expect(informer.cache.size).to.equal(600);
    expect(told.filter((one) => one.startsWith('deleted'))).to.deep.equal([]);
  });

  it('tells a deletion and a re-creation that happened in a gap', async () => {
    api.put(WIDGETS, aWidget('one'));
    await begin();
    let block = true;
    api.fault = ({ watch }) => (watch && block ? 'reset' : undefined);
    api.dropWatches();
    remove('one');
    api.put(WIDGETS, aWidget('one'));
    api.store.compact();
    block = false;
    await hears('deleted one');
    expect(told).to.deep.equal(['added one', 'deleted one', 'added one']);
  });

  it('lists again after a line that is no event', async () => {
    await begin();
    api.sayToWatches('{"type":"ADDED","object":{"metadata"\n');
    api.put(WIDGETS, aWidget('new'));
    await hears('added new');
    expect(lists()).to.equal(2);
  });

  it('drops half a line and hears the whole event after it has resumed', async () => {
    await begin();
    api.sayToWatches('{"type":"ADDED","object":{"metadata":');
    api.dropWatches();
    api.put(WIDGETS, aWidget('new'));
    await hears('added new');
    expect(lists()).to.equal(1);
  });

  it('does not trust a silent watch', async () => {
    await begin({}, 300);
    const before = api.seen.length;
    await eventually('another look', () => api.seen.length > before);
  });

  it('comes back by itself when rights return, and says meanwhile what is missing', async () => {
    api.fault = () => ({ code: 403, body: { kind: 'Status', reason: 'Forbidden', message: 'cannot list widgets' } });
    const starting = begin();
    await eventually('a reason', () => informer.failure === 'cannot list widgets');
    expect(informer.synced).to.equal(false);
    api.fault = () => undefined;
    await starting;
    expect(informer.failure).to.equal(undefined);
  });

  it('keeps metadata only when that is enough', async () => {
    api.put(WIDGETS, aWidget('one'));
    await begin({ metadataOnly: true });
    api.put(WIDGETS, aWidget('two'));
    await hears('added two');
    const kept = informer.cache.list() as unknown as Widget[];
    expect(kept.map(({ kind, spec }) => [kind, spec as unknown])).to.deep.equal([
      ['Widget', undefined],
      ['Widget', undefined],
    ]);
  });

  it('sees only what its selector chooses', async () => {
    await begin({ labelSelector: 'mine=yes' });
    api.put(WIDGETS, aWidget('theirs'));
    api.put(WIDGETS, aWidget('mine', { labels: { mine: 'yes' } }));
    await hears('added mine');
    expect(told).to.deep.equal(['added mine']);
  });

  it('tells everybody, even when one listener throws', async () => {
    await begin();
    const also: string[] = [];
    informer.onChange(() => {
      throw new Error('a mistake');
    });
    informer.onChange(({ object }) => also.push(object.metadata.name));
    api.put(WIDGETS, aWidget('one'));
    api.put(WIDGETS, aWidget('two'));
    await eventually('both', () => also.length === 2);
  });
});
