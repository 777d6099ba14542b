import { expect } from 'chai';
import { FakeApiServer } from '../../test/support/fake-api-server.js';
import type { Widget } from '../../test/support/widgets.js';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import type { Stored, Transport } from '../client/index.js';
import { Client, isConflict, openTransport } from '../client/index.js';
import { Finalizers } from './finalizers.js';

const KEY = { namespace: 'default', name: 'one' };

describe('Finalizers', () => {
  let api: FakeApiServer;
  let transport: Transport;
  let finalizers: Finalizers;

  beforeEach(async () => {
    api = await new FakeApiServer().start();
    transport = openTransport(() => api.kubeConfig());
    finalizers = new Finalizers(new Client(transport));
  });

  afterEach(async () => {
    await transport.close();
    await api.stop();
  });

  const put = (names?: string[]) => api.put(WIDGETS, aWidget('one', { finalizers: names })) as Stored<Widget>;

  it('adds ours to those of others and returns the object as it then is', async () => {
    const object = await finalizers.add(WIDGETS, put(['theirs']), 'mine');
    expect(object.metadata.finalizers).to.deep.equal(['theirs', 'mine']);
    expect(object.metadata.resourceVersion).to.equal(api.get(WIDGETS, KEY)?.metadata.resourceVersion);
  });

  it('asks for nothing when it is there already', async () => {
    await finalizers.add(WIDGETS, put(['mine']), 'mine');
    await finalizers.remove(WIDGETS, put(['theirs']), 'mine');
    expect(api.seen).to.deep.equal([]);
  });

  it('removes only ours', async () => {
    await finalizers.remove(WIDGETS, put(['theirs', 'mine']), 'mine');
    expect(api.get(WIDGETS, KEY)?.metadata.finalizers).to.deep.equal(['theirs']);
  });

  it('does not overwrite a finalizer that somebody added meanwhile', async () => {
    const stale = put(['mine']);
    put(['mine', 'new']);
    const error: unknown = await finalizers.remove(WIDGETS, stale, 'mine').catch((caught: unknown) => caught);
    expect(isConflict(error)).to.equal(true);
    expect(api.get(WIDGETS, KEY)?.metadata.finalizers).to.deep.equal(['mine', 'new']);
  });

  it('takes it for success that the object has gone', async () => {
    const object = put(['mine']);
    put([]);
    api.remove(WIDGETS, KEY);
    await finalizers.remove(WIDGETS, object, 'mine');
  });
});
