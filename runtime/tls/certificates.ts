import 'reflect-metadata';
import { X509Certificate, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
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
const AUTHORITY_MS = 3650 * DAY_MS;
const SERVER_MS = 365 * DAY_MS;
/** A certificate is renewed when less than this part of its life is left. */
const RENEWAL = 1 / 3;
/** Clocks of clients may be behind. */
const BACKDATED_MS = 300_000;

/** Certificate and private key, PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of our own, for the clients of one server alone; ten years if nothing else is said. */
export async function createAuthority(name: string, now: number, lifetimeMs = AUTHORITY_MS): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(now, lifetimeMs),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** A server certificate for these names (DNS names and IP addresses); a year if nothing else is said. */
export async function issueCertificate(
  authority: KeyPair,
  names: readonly string[],
  now: number,
  lifetimeMs = SERVER_MS,
): Promise<KeyPair> {
  const keys = await generateKeys();
  const issuer = new X509Certificate(authority.certificate).subject;
  const certificate = await X509CertificateGenerator.create({
    subject: `${issuer} server`,
    issuer,
    publicKey: keys.publicKey,
    signingKey: await privateKeyOf(authority.key),
    signingAlgorithm: ALGORITHM,
    ...validity(now, lifetimeMs),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: isAddress(value) ? 'ip' : 'dns', value }))),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/**
 * Whether a server certificate still does: of this authority, the first one if there are several in the text, for all of
 * these names, and not about to expire.
 */
export function isCurrent(certificate: string, authority: string, names: readonly string[], now: number): boolean {
  const server = new X509Certificate(certificate);
  const covered = names.every(
    (name) => (isAddress(name) ? server.checkIP(name) : server.checkHost(name)) !== undefined,
  );
  return covered && isFresh(server, now) && server.verify(new X509Certificate(authority).publicKey);
}

function isFresh({ validFrom, validTo }: X509Certificate, now: number): boolean {
  const end = Date.parse(validTo);
  return end - now > (end - Date.parse(validFrom)) * RENEWAL;
}

const isAddress = (name: string): boolean => isIP(name) !== 0;

const generateKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

function validity(now: number, lifetimeMs: number): { notBefore: Date; notAfter: Date } {
  // One that is made for a minute would be taken for old from the start.
  const backdatedMs = Math.min(BACKDATED_MS, lifetimeMs / 2);
  return { notBefore: new Date(now - backdatedMs), notAfter: new Date(now + lifetimeMs) };
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function privateKeyOf(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign']);
}
