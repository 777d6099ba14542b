import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { eventually } from '../../test/support/eventually.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import { Metrics, silentLogger } from '../telemetry/index.js';
import { CertificateWatch } from './certificate-watch.js';
import type { KeyPair } from './certificates.js';
import { createAuthority } from './certificates.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

describe('CertificateWatch', () => {
  let clock: FakeClock;
  let metrics: Metrics;
  let load: () => Promise<KeyPair>;
  let used: KeyPair[];
  let errors: string[];
  let watch: CertificateWatch;
  let first: KeyPair;
  let second: KeyPair;

  before(async () => {
    first = await createAuthority('first', NOW);
    second = await createAuthority('second', NOW);
  });

  beforeEach(async () => {
    clock = new FakeClock();
    metrics = new Metrics();
    used = [];
    errors = [];
    load = () => Promise.resolve(first);
    const log = { ...silentLogger, error: (_fields: object, message: string) => errors.push(message) };
    watch = new CertificateWatch('metrics', { load: () => load() }, { scheduler: clock, metrics, log });
    await watch.start((pair) => used.push(pair));
  });
  afterEach(() => watch.stop());

  const reads = () => valueOf(metrics, 'certwatcher_read_certificate_total');
  /** Ten seconds pass, and what was begun then ends. */
  const look = async () => {
    const before = await reads();
    await clock.advance(10_000);
    await eventually('another look', async () => (await reads()) === before + 1 && clock.pending === 1);
  };

  it('uses the certificate once as long as it is the same', async () => {
    await look();
    expect(used).to.deep.equal([first]);
  });

  it('uses a new one within seconds and shows when that expires', async () => {
    load = () => Promise.resolve(second);
    await look();
    expect(used).to.deep.equal([first, second]);
    const expiry = await valueOf(metrics, 'certwatcher_certificate_expiration_timestamp_seconds');
    expect(expiry * 1000).to.equal(Date.parse(new X509Certificate(second.certificate).validTo));
  });

  it('goes on with the old one while key and certificate do not belong together, and tells it once', async () => {
    load = () => Promise.resolve({ certificate: second.certificate, key: first.key });
    await look();
    await look();
    expect(used).to.deep.equal([first]);
    expect(errors).to.have.length(1);
    expect(await valueOf(metrics, 'certwatcher_read_certificate_errors_total')).to.equal(2);
    load = () => Promise.resolve(second);
    await look();
    expect(used).to.deep.equal([first, second]);
  });

  it('does not look any more once it is stopped', () => {
    watch.stop();
    expect(clock.pending).to.equal(0);
  });

  it('cannot begin without a certificate', async () => {
    const none = new CertificateWatch(
      'metrics',
      { load: () => Promise.reject(new Error('no file')) },
      { scheduler: clock, metrics, log: silentLogger },
    );
    const error: unknown = await none.start(() => undefined).catch((caught: unknown) => caught);
    expect(error).to.have.property('message', 'no file');
  });
});

async function valueOf(metrics: Metrics, name: string): Promise<number> {
  const shown = await metrics.registry.getSingleMetric(name)!.get();
  return shown.values[0]!.value;
}
