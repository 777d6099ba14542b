import { expect } from 'chai';
import { SECRETS } from '../../runtime/client/index.js';
import { eventually } from './eventually.js';
import { FakeApiServer } from './fake-api-server.js';
import { KubeApi } from './kube-api.js';

const secret = (name: string) => ({ metadata: { name, namespace: 'team' } });

describe('A watch of the tests', () => {
  let server: FakeApiServer;
  let api: KubeApi;
  let stopping: AbortController;
  let told: string[];

  beforeEach(async () => {
    server = await new FakeApiServer().start();
    api = KubeApi.connect(server.url, {}, {});
    stopping = new AbortController();
    told = [];
    for (const name of ['a', 'b']) server.put(SECRETS, secret(name));
    await api.watch(SECRETS, {}, ({ type, object }) => told.push(`${type} ${object.metadata.name}`), stopping.signal);
    await watches();
  });

  afterEach(async () => {
    stopping.abort();
    await api.close();
    await server.stop();
  });

  const watches = () => eventually('a watch is open', () => server.openWatches > 0, 5_000);
  const hears = (text: string) => eventually(text, () => told.includes(text), 5_000);

  it('goes on where it ended, without another list', async () => {
    server.endWatches();
    server.put(SECRETS, secret('c'));
    await hears('ADDED c');
    expect(told).to.deep.equal(['ADDED a', 'ADDED b', 'ADDED c']);
    expect(server.requests('GET')).to.have.lengthOf(1);
  });

  it('tells what a new list lacks, has and has changed, when the old version is no longer known', async () => {
    let refused = 0;
    server.fault = ({ watch }) => (watch && refused++ === 0 ? { code: 410 } : undefined);
    server.put(SECRETS, secret('a'));
    await hears('MODIFIED a');
    server.endWatches();
    server.remove(SECRETS, { namespace: 'team', name: 'b' });
    server.put(SECRETS, secret('c'));
    await hears('ADDED c');
    expect(told).to.deep.equal(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b', 'ADDED c']);
    expect(server.requests('GET')).to.have.lengthOf(2);
  });
});
