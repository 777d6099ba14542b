import {
  BasicConstraintsExtension,
  cryptoProvider,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

/** What a server on the loopback interface needs, and what its clients have to trust; all PEM. */
export interface ServerIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate authority for this once, and a certificate of it for 127.0.0.1. */
export async function serverIdentity(): Promise<ServerIdentity> {
  cryptoProvider.set(webcrypto);
  const [authority, server] = await Promise.all([generateKeys(), generateKeys()]);
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=gate authority',
    keys: authority,
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(true)],
  });
  const cert = await X509CertificateGenerator.create({
    subject: 'CN=gate',
    issuer: ca.subject,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', server.privateKey);
  return { ca: ca.toString('pem'), cert: cert.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
