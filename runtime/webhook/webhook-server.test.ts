import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Agent, fetch } from 'undici';
import { eventually } from '../../test/support/eventually.js';
import { FakeApiServer } from '../../test/support/fake-api-server.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import type { Secret, Transport } from '../client/index.js';
import { SECRETS, openTransport } from '../client/index.js';
import { Metrics, silentLogger } from '../telemetry/index.js';
import { createAuthority, issueCertificate } from '../tls/certificates.js';
import { WEBHOOK_NAMES } from './names.js';
import type { WebhookOptions } from './webhook-server.js';
import { WebhookServer } from './webhook-server.js';

const OPTIONS: WebhookOptions = {
  address: '127.0.0.1:0',
  certDir: '',
  service: 'hooks',
  namespace: 'ops',
  certLifetimeMs: 86_400_000,
};

describe('WebhookServer', () => {
  let api: FakeApiServer;
  let clock: FakeClock;
  let transport: Transport;
  let folder: string;
  let server: WebhookServer;

  beforeEach(async () => {
    api = await new FakeApiServer().start();
    clock = new FakeClock(Date.now());
    transport = openTransport(() => api.kubeConfig());
    folder = mkdtempSync(join(tmpdir(), 'webhooks-'));
  });
  afterEach(async () => {
    await server.stop();
    await transport.close();
    await api.stop();
    rmSync(folder, { recursive: true });
  });

  const start = (options: Partial<WebhookOptions> = {}) => {
    const deps = { clock, scheduler: clock, transport, metrics: new Metrics(), log: silentLogger };
    server = new WebhookServer([], { ...OPTIONS, ...options }, deps);
    server.start();
  };
  const untilServed = () => eventually('it is served', () => server.problems().length === 0);
  /** The answer to whoever trusts this authority and calls by this name. */
  const ask = async (ca: string, servername = 'hooks.ops.svc') => {
    const dispatcher = new Agent({ connect: { ca, servername } });
    const signal = AbortSignal.timeout(5_000);
    const response = await fetch(`https://127.0.0.1:${server.port}/validate`, { dispatcher, signal }).finally(() =>
      dispatcher.close(),
    );
    return response.status;
  };

  it('is off when its address says so', () => {
    start({ address: '0' });
    expect([server.problems(), server.port]).to.deep.equal([[], undefined]);
  });

  it('cannot be told nonsense', () => {
    expect(() => start({ address: 'here' })).to.throw("'here' is not an address");
  });

  it('serves with a certificate of its own for the name of its Service', async () => {
    start();
    expect(server.problems()).to.deep.equal(['admission webhooks: not served yet']);
    await untilServed();
    const secret = api.get<Secret>(SECRETS, { namespace: 'ops', name: WEBHOOK_NAMES.secret });
    expect(await ask(Buffer.from(secret!.data!['ca.crt']!, 'base64').toString())).to.equal(405);
  });

  it('says why it does not serve, and does so when it can', async () => {
    start({ certDir: folder });
    await eventually('it says so', () => server.problems()[0]?.includes(join(folder, 'tls.')));
    const authority = await createAuthority('test', clock.now());
    const { certificate, key } = await issueCertificate(authority, ['hooks.ops.svc'], clock.now());
    writeFileSync(join(folder, 'tls.crt'), certificate);
    writeFileSync(join(folder, 'tls.key'), key);
    await clock.advance(10_000);
    await untilServed();
    expect(await ask(authority.certificate)).to.equal(405);
  });

  it('says so when its address is taken', async () => {
    start();
    await untilServed();
    const first = server;
    start({ address: `127.0.0.1:${first.port}` });
    await eventually('it says so', () => server.problems()[0]?.includes('EADDRINUSE'));
    await first.stop();
    await clock.advance(10_000);
    await untilServed();
  });
});
