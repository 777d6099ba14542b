import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { FakeClock } from '../../test/support/fake-clock.js';
import { SelfSignedCertificate, certificateFiles } from './certificate-source.js';

const DAY_MS = 86_400_000;

describe('SelfSignedCertificate', () => {
  it('is made once, for all names', async () => {
    const source = new SelfSignedCertificate(['localhost', '127.0.0.1'], new FakeClock());
    const pair = await source.load();
    expect(new X509Certificate(pair.certificate).checkHost('localhost')).to.equal('localhost');
    expect(await source.load()).to.equal(pair);
  });

  it('is made anew long before it expires', async () => {
    const clock = new FakeClock();
    const source = new SelfSignedCertificate(['localhost'], clock);
    const first = await source.load();
    await clock.advance(300 * DAY_MS);
    const second = await source.load();
    expect(Date.parse(new X509Certificate(second.certificate).validTo)).to.be.above(clock.now() + 300 * DAY_MS);
    expect(second.key).to.not.equal(first.key);
  });
});

describe('certificateFiles', () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'certificates-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads what a mounted Secret holds', async () => {
    writeFileSync(join(folder, 'tls.crt'), 'c');
    writeFileSync(join(folder, 'tls.key'), 'k');
    expect(await certificateFiles(folder).load()).to.deep.equal({ certificate: 'c', key: 'k' });
  });

  it('names the file that is missing', async () => {
    writeFileSync(join(folder, 'tls.crt'), 'c');
    const error: unknown = await certificateFiles(folder)
      .load()
      .catch((caught: unknown) => caught);
    expect(String(error)).to.include(join(folder, 'tls.key'));
  });
});
