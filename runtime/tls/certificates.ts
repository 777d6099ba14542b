import 'reflect-metadata';
import { X509Certificate, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  cryptoProvider,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 365;
/** A certificate is renewed when less than this is left. */
const RENEWAL_DAYS = 120;
/** Clocks of clients may be behind. */
const BACKDATED_MS = 300_000;

/** Certificate and private key, PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of our own, for the clients of one server alone. */
export async function createAuthority(name: string, now: number): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(now, AUTHORITY_DAYS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** A server certificate for these names (DNS names and IP addresses). */
export async function issueCertificate(authority: KeyPair, names: readonly string[], now: number): Promise<KeyPair> {
  const keys = await generateKeys();
  const issuer = new X509Certificate(authority.certificate).subject;
  const certificate = await X509CertificateGenerator.create({
    subject: `${issuer} server`,
    issuer,
    publicKey: keys.publicKey,
    signingKey: await privateKeyOf(authority.key),
    signingAlgorithm: ALGORITHM,
    ...validity(now, SERVER_DAYS),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: isAddress(value) ? 'ip' : 'dns', value }))),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** Whether a server certificate still does: of this authority, for all of these names, and not about to expire. */
export function isCurrent(certificate: string, authority: string, names: readonly string[], now: number): boolean {
  const server = new X509Certificate(certificate);
  const covered = names.every(
    (name) => (isAddress(name) ? server.checkIP(name) : server.checkHost(name)) !== undefined,
  );
  const fresh = Date.parse(server.validTo) - now > RENEWAL_DAYS * DAY_MS;
  return covered && fresh && server.verify(new X509Certificate(authority).publicKey);
}

const isAddress = (name: string): boolean => /^[\d.]+$/.test(name);

const generateKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

function validity(now: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + days * DAY_MS) };
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function privateKeyOf(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign']);
}
