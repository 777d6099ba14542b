import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock/index.js';
import type { KeyPair } from './certificates.js';

/** Where a server's certificate comes from; asked again and again, since certificates are renewed. */
export interface CertificateSource {
  /** Rejects when there is none. */
  load(): Promise<KeyPair>;
}

/** `tls.crt` and `tls.key` of a folder, as a mounted Secret of type kubernetes.io/tls has them. */
export function certificateFiles(folder: string): CertificateSource {
  return {
    load: async () => {
      const [certificate, key] = await Promise.all(
        ['tls.crt', 'tls.key'].map((name) => readFile(join(folder, name), 'utf8')),
      );
      return { certificate: certificate ?? '', key: key ?? '' };
    },
  };
}

/** Made in memory for these names, and anew when it is time: nobody can verify it, so it only keeps listeners out. */
export class SelfSignedCertificate implements CertificateSource {
  private made: { readonly pair: KeyPair; readonly authority: string } | undefined;

  constructor(
    private readonly names: readonly string[],
    private readonly clock: Clock,
  ) {}

  async load(): Promise<KeyPair> {
    const { createAuthority, isCurrent, issueCertificate } = await import('./certificates.js');
    const { names, made } = this;
    const now = this.clock.now();
    if (made !== undefined && isCurrent(made.pair.certificate, made.authority, names, now)) return made.pair;
    const authority = await createAuthority('self-signed', now);
    const pair = await issueCertificate(authority, names, now);
    this.made = { pair, authority: authority.certificate };
    return pair;
  }
}
