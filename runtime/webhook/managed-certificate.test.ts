import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { FakeApiServer } from '../../test/support/fake-api-server.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import type { KubernetesJson, Resource, Secret } from '../client/index.js';
import { Client, SECRETS, openTransport } from '../client/index.js';
import { ManagedCertificate } from './managed-certificate.js';
import { WEBHOOK_NAMES } from './names.js';

type Configuration = KubernetesJson & {
  webhooks: { name: string; clientConfig: { caBundle?: string; service?: object } }[];
};

const CONFIGURATIONS: readonly Resource<Configuration>[] = ['Validating', 'Mutating'].map((type) => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: `${type}WebhookConfiguration`,
  plural: `${type.toLowerCase()}webhookconfigurations`,
  namespaced: false,
}));
const DAY_MS = 86_400_000;
const KEY = { namespace: 'ops', name: WEBHOOK_NAMES.secret };
const NAMES = ['webhook.ops.svc', '127.0.0.1'];

describe('ManagedCertificate', () => {
  let api: FakeApiServer;
  let clock: FakeClock;
  let clients: ReturnType<typeof openTransport>[];

  beforeEach(async () => {
    api = await new FakeApiServer().start();
    clock = new FakeClock();
    clients = [];
    for (const resource of CONFIGURATIONS) {
      const webhooks = [{ name: 'one', clientConfig: { service: { name: 's' } } }];
      api.put(resource, { metadata: { name: WEBHOOK_NAMES.configuration }, webhooks });
    }
  });
  afterEach(async () => {
    for (const transport of clients) await transport.close();
    await api.stop();
  });

  const aReplica = (lifetimeMs = 90 * DAY_MS, names = NAMES) => {
    const transport = openTransport(() => api.kubeConfig());
    clients.push(transport);
    return new ManagedCertificate({ namespace: 'ops', names, lifetimeMs }, new Client(transport), clock);
  };
  const secret = () => api.get<Secret>(SECRETS, KEY)!;
  const field = (name: string) => Buffer.from(secret().data![name]!, 'base64').toString();
  const authorities = () => certificatesOf(field('ca.crt'));
  const bundles = () =>
    CONFIGURATIONS.flatMap((resource) =>
      api
        .get(resource, { name: WEBHOOK_NAMES.configuration })!
        .webhooks.map(({ clientConfig }) => clientConfig.caBundle),
    );
  const writes = () => [...api.requests('POST'), ...api.requests('PATCH')].length;
  /** The certificate is trusted by whoever calls now. */
  const expectTrusted = (certificate: string) => {
    const server = new X509Certificate(certificate);
    for (const bundle of bundles()) {
      const trusted = certificatesOf(Buffer.from(bundle ?? '', 'base64').toString());
      expect(trusted.some((one) => server.verify(one.publicKey))).to.equal(true);
    }
    expect(Date.parse(server.validTo)).to.be.above(clock.now());
  };

  it('is made once, in a Secret, and its authority is told to the API server', async () => {
    const { certificate, key } = await aReplica().load();
    expect(secret()).to.include({ type: 'kubernetes.io/tls' });
    expect([field('tls.crt'), field('tls.key')]).to.deep.equal([certificate, key]);
    const server = new X509Certificate(certificate);
    expect(server.checkHost('webhook.ops.svc')).to.equal('webhook.ops.svc');
    expect(Date.parse(server.validFrom)).to.be.at.most(clock.now() - 300_000);
    expect(authorities()).to.have.length(1);
    expectTrusted(certificate);
    const configuration = api.get(CONFIGURATIONS[0]!, { name: WEBHOOK_NAMES.configuration });
    expect(configuration?.webhooks[0]).to.deep.nested.include({ name: 'one', 'clientConfig.service': { name: 's' } });
  });

  it('is the same for replicas that start at the same moment', async () => {
    const pairs = await Promise.all([aReplica().load(), aReplica().load(), aReplica().load()]);
    expect(new Set(pairs.map(({ certificate }) => certificate)).size).to.equal(1);
    await clock.advance(61_000);
    expectTrusted((await aReplica().load()).certificate);
  });

  it('writes nothing while there is nothing to do, and asks once a minute at most', async () => {
    const replica = aReplica();
    await replica.load();
    const [written, asked] = [writes(), api.requests().length];
    await clock.advance(59_000);
    await replica.load();
    expect(api.requests().length).to.equal(asked);
    await clock.advance(2_000);
    await replica.load();
    expect(api.requests().length).to.equal(asked + 3);
    expect(writes()).to.equal(written);
  });

  it('is made without configurations, which may come later', async () => {
    for (const resource of CONFIGURATIONS) api.remove(resource, { name: WEBHOOK_NAMES.configuration });
    const replica = aReplica();
    const { certificate } = await replica.load();
    for (const resource of CONFIGURATIONS) {
      api.put(resource, {
        metadata: { name: WEBHOOK_NAMES.configuration },
        webhooks: [{ name: 'one', clientConfig: {} }],
      });
    }
    await clock.advance(61_000);
    await replica.load();
    expectTrusted(certificate);
  });

  it('is renewed when a third of its life is left, by the same authority', async () => {
    const replica = aReplica();
    const first = await replica.load();
    const [authority] = authorities();
    await clock.advance(59 * DAY_MS);
    expect((await replica.load()).certificate).to.equal(first.certificate);
    await clock.advance(2 * DAY_MS);
    const second = await replica.load();
    expect(second.certificate).to.not.equal(first.certificate);
    expect(authorities().map(({ serialNumber }) => serialNumber)).to.deep.equal([authority?.serialNumber]);
    expectTrusted(second.certificate);
  });

  it('is trusted at every moment of four years, by replicas that look at different times and end in between', async () => {
    let [one, other] = [aReplica(), aReplica()];
    const seen = new Set<string>();
    for (let day = 0; day < 1460; day += 7) {
      await clock.advance(7 * DAY_MS);
      if (day % 5 === 0) one = aReplica();
      if (day % 3 === 0) other = aReplica();
      const mine = await one.load();
      expectTrusted(mine.certificate);
      await clock.advance(61_000);
      const theirs = await other.load();
      expectTrusted(mine.certificate);
      expectTrusted(theirs.certificate);
      expect(authorities().length).to.be.at.most(3);
      for (const { serialNumber } of authorities()) seen.add(serialNumber);
    }
    expect(seen.size).to.be.above(4);
  });

  it('is not issued by a new authority before that has been trusted for a while', async () => {
    const replica = aReplica();
    await replica.load();
    await clock.advance(265 * DAY_MS);
    await replica.load();
    const [old] = authorities();
    await clock.advance(6 * DAY_MS);
    const { certificate } = await aReplica().load();
    expect(authorities()).to.have.length(2);
    expect(new X509Certificate(certificate).verify(authorities()[0]!.publicKey)).to.equal(false);
    await clock.advance(61_000);
    const next = await aReplica().load();
    expect(new X509Certificate(next.certificate).verify(authorities()[0]!.publicKey)).to.equal(true);
    expect(authorities()[1]?.serialNumber).to.equal(old?.serialNumber);
    expectTrusted(next.certificate);
  });

  it('is not issued by a new authority of which the API server has not heard, because the process ended before', async () => {
    await aReplica().load();
    await clock.advance(265 * DAY_MS);
    await aReplica().load();
    await clock.advance(6 * DAY_MS);
    api.fault = ({ method, path }) =>
      method === 'PATCH' && path.includes('webhookconfigurations') ? { code: 403 } : undefined;
    await aReplica()
      .load()
      .catch(() => undefined);
    api.fault = () => undefined;
    expect(authorities()).to.have.length(2);
    const { certificate } = await aReplica().load();
    expect(new X509Certificate(certificate).verify(authorities()[1]!.publicKey)).to.equal(true);
    expectTrusted(certificate);
  });

  it('is made for another name when the Service is called otherwise', async () => {
    await aReplica().load();
    const { certificate } = await aReplica(90 * DAY_MS, ['other.ops.svc']).load();
    await clock.advance(61_000);
    const now = (await aReplica(90 * DAY_MS, ['other.ops.svc']).load()).certificate;
    expect([certificate, now].map((one) => new X509Certificate(one).checkHost('other.ops.svc'))).to.include(
      'other.ops.svc',
    );
    expectTrusted(now);
  });

  for (const [what, data] of Object.entries({
    'nothing in it': {},
    'no certificates in it': { 'tls.crt': 'x', 'tls.key': 'y', 'ca.crt': 'z', 'ca.key': 'w' },
  })) {
    it(`is made anew when the Secret has ${what}`, async () => {
      const encoded = Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')]);
      api.put(SECRETS, { metadata: KEY, data: Object.fromEntries(encoded) as Record<string, string> });
      expectTrusted((await aReplica().load()).certificate);
    });
  }

  it('is made anew when somebody mixed its parts', async () => {
    await aReplica().load();
    const { data } = secret();
    api.put(SECRETS, { metadata: KEY, data: { ...data, 'tls.key': data!['ca.key']! } });
    expectTrusted((await aReplica().load()).certificate);
  });

  it('is complete after a process that ended at any of its requests', async () => {
    for (let nth = 1; nth <= 8; nth += 1) {
      if (nth > 1) api.remove(SECRETS, KEY);
      let count = 0;
      const dying = aReplica();
      api.fault = () => (++count >= nth ? 'reset' : undefined);
      const attempt = dying.load().catch(() => undefined);
      await Promise.race([attempt, new Promise((resolve) => setTimeout(resolve, 300))]);
      api.fault = () => undefined;
      expectTrusted((await aReplica().load()).certificate);
    }
  });

  it('rejects when the configurations may not be changed, and says so', async () => {
    api.fault = ({ method, path }) =>
      method === 'PATCH' && path.includes('webhookconfigurations')
        ? {
            code: 403,
            body: { kind: 'Status', reason: 'Forbidden', message: 'porterops-admission is forbidden', code: 403 },
          }
        : undefined;
    const error: unknown = await aReplica()
      .load()
      .catch((caught: unknown) => caught);
    expect(String(error)).to.include('porterops-admission is forbidden');
  });
});

function certificatesOf(pem: string): X509Certificate[] {
  return pem
    .split(/(?=-----BEGIN)/)
    .filter((one) => one.trim() !== '')
    .map((one) => new X509Certificate(one));
}
