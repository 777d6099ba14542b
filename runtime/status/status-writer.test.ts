import { expect } from 'chai';
import { FakeApiServer } from '../../test/support/fake-api-server.js';
import type { Widget } from '../../test/support/widgets.js';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import type { DeepReadonly, Stored, Transport } from '../client/index.js';
import { Client, openTransport } from '../client/index.js';
import { StatusWriter } from './status-writer.js';

const KEY = { namespace: 'default', name: 'one' };

describe('StatusWriter', () => {
  let api: FakeApiServer;
  let transport: Transport;
  let client: Client;
  let writer: StatusWriter;
  let object: DeepReadonly<Stored<Widget>>;

  beforeEach(async () => {
    api = await new FakeApiServer().start();
    transport = openTransport(() => api.kubeConfig());
    client = new Client(transport);
    writer = new StatusWriter(client);
    object = api.put(WIDGETS, { ...aWidget('one'), status: { size: 1 } }) as Stored<Widget>;
  });

  afterEach(async () => {
    await transport.close();
    await api.stop();
  });

  it('writes nothing when nothing differs', async () => {
    expect(await writer.write(WIDGETS, object, { size: 1 })).to.equal(object);
    expect(api.seen).to.deep.equal([]);
  });

  it('writes only the difference', async () => {
    await writer.write(WIDGETS, object, { size: 1, conditions: [] });
    const { resourceVersion } = object.metadata;
    expect(api.seen[0]?.body).to.deep.equal({ metadata: { resourceVersion }, status: { conditions: [] } });
  });

  it('gets its status through although somebody else changed the object meanwhile', async () => {
    api.put(WIDGETS, { ...aWidget('one', { labels: { touched: 'yes' } }), status: { size: 1 } });
    await writer.write(WIDGETS, object, { size: 2 });
    expect(api.get(WIDGETS, KEY)?.status).to.deep.equal({ size: 2 });
    expect(api.get(WIDGETS, KEY)?.metadata.labels).to.deep.equal({ touched: 'yes' });
  });

  it('knows its own write again whose reply was lost', async () => {
    const known: (string | undefined)[] = [];
    client.onWrite((_resource, { metadata }) => known.push(metadata.resourceVersion));
    api.fault = ({ method }) => {
      if (method !== 'PATCH') return undefined;
      api.fault = () => undefined;
      return 'lose the reply';
    };
    const written = await writer.write(WIDGETS, object, { size: 2 });
    expect(api.requests('PATCH')).to.have.length(2);
    expect(known).to.deep.equal([api.get(WIDGETS, KEY)?.metadata.resourceVersion]);
    expect(written?.metadata.resourceVersion).to.equal(known[0]);
  });

  it('takes back nothing that was recorded since the object was looked at', async () => {
    api.put(WIDGETS, { ...aWidget('one'), status: { size: 9 } });
    const error: unknown = await writer.write(WIDGETS, object, { size: 2 }).catch((caught: unknown) => caught);
    expect(error).to.include({ code: 409 });
    expect(api.get(WIDGETS, KEY)?.status).to.deep.equal({ size: 9 });
  });

  it('never writes to another object of the same name', async () => {
    api.remove(WIDGETS, KEY);
    api.put(WIDGETS, aWidget('one'));
    expect(await writer.write(WIDGETS, object, { size: 2 })).to.equal(undefined);
    expect(api.get(WIDGETS, KEY)?.status).to.equal(undefined);
  });

  it('takes it for normal that the object has gone', async () => {
    api.remove(WIDGETS, KEY);
    expect(await writer.write(WIDGETS, object, { size: 2 })).to.equal(undefined);
  });

  it('gives up when the object changes all the time', async () => {
    api.fault = ({ method }) => (method === 'PATCH' ? { code: 409 } : undefined);
    const error: unknown = await writer.write(WIDGETS, object, { size: 2 }).catch((caught: unknown) => caught);
    expect(error).to.include({ code: 409 });
    expect(api.requests('PATCH')).to.have.length(4);
  });
});
