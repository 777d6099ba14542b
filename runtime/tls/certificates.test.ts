import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { createAuthority, isCurrent, issueCertificate } from './certificates.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
const NAMES = ['store.ns.svc', 'localhost', '127.0.0.1'];

describe('certificates', () => {
  it('are issued by the authority for all names', async () => {
    const authority = await createAuthority('test', NOW);
    const { certificate } = await issueCertificate(authority, NAMES, NOW);
    const server = new X509Certificate(certificate);
    expect(server.checkIssued(new X509Certificate(authority.certificate))).to.equal(true);
    expect(server.ca).to.equal(false);
    expect(new X509Certificate(authority.certificate).ca).to.equal(true);
    expect(isCurrent(certificate, authority.certificate, NAMES, NOW)).to.equal(true);
  });

  it('know an address from a name that has digits only', async () => {
    const authority = await createAuthority('test', NOW);
    const { certificate } = await issueCertificate(authority, ['123', '::1'], NOW);
    expect(new X509Certificate(certificate).subjectAltName).to.equal('DNS:123, IP Address:0:0:0:0:0:0:0:1');
  });

  it('are valid for clocks that are a little behind', async () => {
    const authority = await createAuthority('test', NOW);
    expect(Date.parse(new X509Certificate(authority.certificate).validFrom)).to.be.lessThan(NOW);
  });

  it('are no longer current when a name is missing, a third of their life is left, or the authority is another', async () => {
    const [authority, other] = [await createAuthority('test', NOW), await createAuthority('test', NOW)];
    const { certificate } = await issueCertificate(authority, NAMES, NOW);
    expect(isCurrent(certificate, authority.certificate, [...NAMES, 'store'], NOW)).to.equal(false);
    expect(isCurrent(certificate, authority.certificate, NAMES, NOW + 240 * DAY_MS)).to.equal(true);
    expect(isCurrent(certificate, authority.certificate, NAMES, NOW + 250 * DAY_MS)).to.equal(false);
    expect(isCurrent(certificate, other.certificate, NAMES, NOW)).to.equal(false);
  });
});
