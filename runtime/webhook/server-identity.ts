import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyPair } from '../tls/index.js';

/** A server's certificate and those that its clients trust, PEM. */
export interface ServerIdentity {
  readonly server: KeyPair;
  /** Certificates of the authorities to trust, the one that issues first. */
  readonly trusted: string;
  /** Key of the first of them. */
  readonly authorityKey: string;
}

/** What a certificate is made for. */
export interface Wanted {
  readonly names: readonly string[];
  /** Of the server's certificate, in milliseconds; an authority lives five times as long. */
  readonly lifetimeMs: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** All clients trust all of `trusted`. */
  readonly isTrusted: boolean;
}

const AUTHORITY_NAME = 'porterops admission';
/** In lifetimes of a server's certificate. */
const AUTHORITY_LIFETIMES = 5;
/** An authority with fewer left is followed by another one: no certificate outlives the authority that issued it. */
const AUTHORITY_RENEWAL = 2;

/** A new authority and a certificate of it. */
export async function createIdentity({ names, lifetimeMs, now }: Wanted): Promise<ServerIdentity> {
  const { createAuthority, issueCertificate } = await import('../tls/certificates.js');
  const authority = await createAuthority(AUTHORITY_NAME, now, AUTHORITY_LIFETIMES * lifetimeMs);
  const server = await issueCertificate(authority, names, now, lifetimeMs);
  return { server, trusted: authority.certificate, authorityKey: authority.key };
}

/**
 * The next step of a renewal, or the identity itself when nothing is to be done. A new authority is at first only trusted
 * besides the old one; when all clients do so, it issues the server's certificate; the old one is trusted until it
 * expires, its key is gone. A process that ends between two steps leaves nothing that the next one could not go on from.
 */
export async function renewedIdentity(identity: ServerIdentity, wanted: Wanted): Promise<ServerIdentity> {
  const { createAuthority, isCurrent, issueCertificate } = await import('../tls/certificates.js');
  const { names, lifetimeMs, now, isTrusted } = wanted;
  const [newest, ...older] = certificatesOf(identity.trusted);
  if (newest === undefined) return createIdentity(wanted);
  if (endOf(newest) - now < AUTHORITY_RENEWAL * lifetimeMs) {
    const authority = await createAuthority(AUTHORITY_NAME, now, AUTHORITY_LIFETIMES * lifetimeMs);
    const kept = [newest, ...older].filter((one) => endOf(one) > now);
    return { ...identity, trusted: joined([authority.certificate, ...kept]), authorityKey: authority.key };
  }
  if (isCurrent(identity.server.certificate, newest, names, now)) return identity;
  if (!isTrusted && endOf(identity.server.certificate) > now) return identity;
  const authority = { certificate: newest, key: identity.authorityKey };
  return { ...identity, server: await issueCertificate(authority, names, now, lifetimeMs) };
}

/** Whether the texts are what they should be and belong together. */
export function isSound({ server, trusted, authorityKey }: ServerIdentity): boolean {
  try {
    const authorities = certificatesOf(trusted).map((one) => new X509Certificate(one));
    const certificate = new X509Certificate(server.certificate);
    return (
      belong(certificate, server.key) &&
      authorities[0] !== undefined &&
      belong(authorities[0], authorityKey) &&
      authorities.some(({ publicKey }) => certificate.verify(publicKey))
    );
  } catch {
    return false;
  }
}

function belong(certificate: X509Certificate, key: string): boolean {
  return certificate.checkPrivateKey(createPrivateKey(key));
}

function certificatesOf(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function joined(certificates: readonly string[]): string {
  return certificates.map((one) => `${one.trim()}\n`).join('');
}

function endOf(certificate: string): number {
  return Date.parse(new X509Certificate(certificate).validTo);
}
