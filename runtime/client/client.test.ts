import { expect } from 'chai';
import { FakeApiServer } from '../../test/support/fake-api-server.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import { ApiError, isConflict } from './api-error.js';
import { Client } from './client.js';
import { openTransport } from './connect.js';
import type { Transport } from './request.js';
import { NotLeadingError, WriteFence } from './write-fence.js';

const KEY = { namespace: 'default', name: 'one' };

describe('Client', () => {
  let api: FakeApiServer;
  let transport: Transport;
  let client: Client;

  beforeEach(async () => {
    api = await new FakeApiServer().start();
    transport = openTransport(() => api.kubeConfig());
    client = new Client(transport);
  });

  afterEach(async () => {
    await transport.close();
    await api.stop();
  });

  it('names the kind in what it creates', async () => {
    await client.create(WIDGETS, aWidget('one'));
    expect(api.requests('POST')[0]?.body).to.include({ apiVersion: 'example.test/v1', kind: 'Widget' });
  });

  it('finds nothing where nothing is, and passes other errors on', async () => {
    expect(await client.find(WIDGETS, KEY)).to.equal(undefined);
    api.fault = () => ({ code: 403 });
    const error: unknown = await client.find(WIDGETS, KEY).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(ApiError).and.include({ code: 403 });
  });

  it('lists page by page', async () => {
    for (let i = 0; i < 1100; i++) api.put(WIDGETS, aWidget(`w-${i}`));
    expect(await client.list(WIDGETS)).to.have.length(1100);
    expect(api.requests('GET')).to.have.length(3);
  });

  describe('behind a fence', () => {
    const clock = new FakeClock();
    const fence = new WriteFence(clock, clock);
    let fenced: Client;

    beforeEach(() => {
      fence.shut();
      fenced = new Client(transport, fence);
    });

    it('changes nothing while it is shut, and goes on reading', async () => {
      api.put(WIDGETS, aWidget('one'));
      const widget = aWidget('two');
      for (const write of [
        () => fenced.create(WIDGETS, widget),
        () => fenced.apply(WIDGETS, widget),
        () => fenced.replace(WIDGETS, widget),
        () => fenced.patch(WIDGETS, KEY, { spec: { size: 2 } }),
        () => fenced.patchStatus(WIDGETS, KEY, { status: { size: 2 } }),
        () => fenced.delete(WIDGETS, KEY),
      ]) {
        expect(await write().catch((error: unknown) => error)).to.be.instanceOf(NotLeadingError);
      }
      expect((await fenced.get(WIDGETS, KEY)).spec.size).to.equal(1);
      expect(api.seen.filter(({ method }) => method !== 'GET')).to.deep.equal([]);
    });

    it('does not repeat a write that it made while it was open', async () => {
      api.put(WIDGETS, aWidget('one'));
      fence.open(clock.elapsed(), 10_000);
      api.fault = () => {
        clock.sleepThrough(10_000);
        return 'reset';
      };
      const patched = fenced.patch(WIDGETS, KEY, { spec: { size: 2 } });
      expect(await patched.catch((error: unknown) => error)).to.be.instanceOf(NotLeadingError);
      expect(api.seen.filter(({ method }) => method === 'PATCH')).to.have.length(1);
    });

    it('gives a write up when it would last longer than the fence is open', async () => {
      fence.open(clock.elapsed(), 50);
      api.fault = () => 'hang';
      const error: unknown = await fenced.create(WIDGETS, aWidget('one')).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(ApiError).and.include({ reason: 'Timeout' });
    });
  });

  it('lists by label', async () => {
    api.put(WIDGETS, aWidget('one', { labels: { a: 'b' } }));
    api.put(WIDGETS, aWidget('two'));
    const found = await client.list(WIDGETS, { labelSelector: 'a=b' });
    expect(found.map(({ metadata }) => metadata.name)).to.deep.equal(['one']);
  });

  it('takes the version in a patch for a precondition', async () => {
    api.put(WIDGETS, aWidget('one'));
    const patch = client.patch(WIDGETS, KEY, { metadata: { resourceVersion: '1' }, spec: { size: 2 } });
    expect(isConflict(await patch.catch((error: unknown) => error))).to.equal(true);
  });

  it('changes nothing but the status through the status subresource', async () => {
    api.put(WIDGETS, aWidget('one'));
    await client.patchStatus(WIDGETS, KEY, { spec: { size: 9 }, status: { size: 7 } });
    expect(api.get(WIDGETS, KEY)).to.deep.include({ spec: { size: 1 }, status: { size: 7 } });
  });

  it('takes a deletion of what is gone for success', async () => {
    await client.delete(WIDGETS, KEY);
  });

  it('does not delete another incarnation', async () => {
    api.put(WIDGETS, aWidget('one'));
    const error: unknown = await client.delete(WIDGETS, KEY, { uid: 'other' }).catch((caught: unknown) => caught);
    expect(isConflict(error)).to.equal(true);
    expect(api.get(WIDGETS, KEY)).to.not.equal(undefined);
  });

  it('tells listeners of what writes returned', async () => {
    const heard: string[] = [];
    client.onWrite((resource, { metadata }) => heard.push(`${resource.kind} ${metadata.name}`));
    await client.create(WIDGETS, aWidget('one'));
    await client.get(WIDGETS, KEY);
    await client.patch(WIDGETS, KEY, { spec: { size: 2 } });
    expect(heard).to.deep.equal(['Widget one', 'Widget one']);
  });

  it('never lets a name become another path', async () => {
    for (const name of ['..', '.', '']) {
      const error: unknown = await client.get(WIDGETS, { namespace: 'x', name }).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(Error);
    }
    await client.find(WIDGETS, { namespace: 'x', name: 'a/../../secrets/b?x' });
    expect(api.seen.map(({ path }) => path)).to.deep.equal([
      '/apis/example.test/v1/namespaces/x/widgets/a%2F..%2F..%2Fsecrets%2Fb%3Fx',
    ]);
  });

  it('wants a namespace for a namespaced kind', async () => {
    const error: unknown = await client.get(WIDGETS, { name: 'one' }).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(Error);
  });
});
