import { expect } from 'chai';
import type { Secret, Transport } from '../../../runtime/client/index.js';
import { Client, SECRETS, openTransport } from '../../../runtime/client/index.js';
import { FakeApiServer } from '../../../test/support/fake-api-server.js';
import { StoreSecrets } from './store-secrets.js';

const NAMESPACE = 'porterops-system';
const DAY_MS = 86_400_000;

describe('StoreSecrets', () => {
  let server: FakeApiServer;
  let transport: Transport;
  let now = Date.now();

  beforeEach(async () => {
    now = Date.now();
    server = await new FakeApiServer().start();
    transport = openTransport(() => server.kubeConfig());
  });

  afterEach(async () => {
    await transport.close();
    await server.stop();
  });

  const secrets = (): StoreSecrets =>
    new StoreSecrets({
      client: new Client(transport),
      namespace: NAMESPACE,
      serviceName: 'porterops-state-store',
      now: () => now,
    });
  const get = (name: string): Secret => server.get(SECRETS, { namespace: NAMESPACE, name })!;

  it('makes everything at the first start and reads it at the second', async () => {
    const first = await secrets().ensure();
    expect(first.encryptionKey).to.have.length(32);
    expect(await secrets().ensure()).to.deep.equal(first);
    expect(server.requests('POST')).to.have.length(2);
  });

  it('agrees with another store that starts at the same moment', async () => {
    const [one, two] = await Promise.all([secrets().ensure(), secrets().ensure()]);
    expect(one).to.deep.equal(two);
  });

  it('renews the certificate in time and keeps authority and keys', async () => {
    const before = await secrets().ensure();
    now += 300 * DAY_MS;
    const after = await secrets().ensure();
    expect(after.server.certificate).not.to.equal(before.server.certificate);
    expect(after.encryptionKey).to.deep.equal(before.encryptionKey);
    expect(after.accessKey).to.equal(before.accessKey);
  });

  it('puts the authority back where clients read it', async () => {
    await secrets().ensure();
    const access = get('porterops-state-store-access');
    server.put(SECRETS, { ...access, data: { ...access.data, 'ca.crt': 'b2xk' } });
    await secrets().ensure();
    expect(get('porterops-state-store-access').data?.['ca.crt']).to.equal(
      get('porterops-state-store-server').data?.['ca.crt'],
    );
  });

  it('says what is missing in a Secret that somebody emptied', async () => {
    server.put(SECRETS, { metadata: { namespace: NAMESPACE, name: 'porterops-state-store-server' }, data: {} });
    const error = await secrets()
      .ensure()
      .catch((reason: unknown) => reason);
    expect(String(error)).to.contain('porterops-state-store-server').and.to.contain('ca.crt');
  });
});
