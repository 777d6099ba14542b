import type { Client, Secret, Stored } from '../client/index.js';
import { SECRETS, isAlreadyExists, isConflict } from '../client/index.js';
import type { Clock } from '../clock/index.js';
import { Rbac } from '../schema/index.js';
import type { CertificateSource, KeyPair } from '../tls/index.js';
import { WEBHOOK_NAMES } from './names.js';
import type { ServerIdentity, Wanted } from './server-identity.js';
import { createIdentity, isSound, renewedIdentity } from './server-identity.js';
import { Trust } from './trust.js';

/** Keys of the Secret; those of the server are where a mounted Secret of cert-manager would have them. */
const FIELDS = { certificate: 'tls.crt', key: 'tls.key', trusted: 'ca.crt', authorityKey: 'ca.key' } as const;

/** For so long nothing is asked of the API server, or for a tenth of a certificate's life if that is less. */
const LONGEST_REST_MS = 60_000;

export interface ManagedCertificateOptions {
  readonly namespace: string;
  /** Under which the API server may call. */
  readonly names: readonly string[];
  /** Of the server's certificate. */
  readonly lifetimeMs: number;
}

/**
 * A certificate that all replicas share by a Secret, and of whose authority the webhook configurations are told. Whichever
 * replica comes first makes it or renews it; whoever comes second is told so by the API server, and reads. Nothing of this
 * depends on who leads.
 */
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['create'], ownNamespace: true })
@Rbac({
  groups: [''],
  resources: ['secrets'],
  verbs: ['get', 'patch'],
  names: [WEBHOOK_NAMES.secret],
  ownNamespace: true,
})
export class ManagedCertificate implements CertificateSource {
  private readonly trust: Trust;
  private looked: { readonly server: KeyPair; readonly at: number } | undefined;

  constructor(
    private readonly options: ManagedCertificateOptions,
    private readonly client: Client,
    private readonly clock: Clock,
  ) {
    this.trust = new Trust(client);
  }

  /** The certificate to serve with now; rejects when Secret or configurations cannot be read or written. */
  async load(): Promise<KeyPair> {
    const { looked, options } = this;
    const now = this.clock.now();
    const restMs = Math.min(LONGEST_REST_MS, options.lifetimeMs / 10);
    if (looked !== undefined && Math.abs(now - looked.at) < restMs) return looked.server;
    const secret = await this.secret();
    const isTrusted = await this.trust.establish(identityOf(secret).trusted);
    const { server } = identityOf(await this.renewed(secret, isTrusted));
    this.looked = { server, at: now };
    return server;
  }

  /** The Secret with something sound in it. */
  private async secret(): Promise<Stored<Secret>> {
    const { namespace } = this.options;
    const key = { namespace, name: WEBHOOK_NAMES.secret };
    const found = (await this.client.find(SECRETS, key)) ?? (await this.create());
    // Nothing is lost with what cannot be read: it is made anew.
    return isSound(identityOf(found)) ? found : this.write(found, await createIdentity(this.wanted(false)));
  }

  private async create(): Promise<Stored<Secret>> {
    const { namespace } = this.options;
    const metadata = {
      namespace,
      name: WEBHOOK_NAMES.secret,
      labels: { 'app.kubernetes.io/name': 'porterops', 'app.kubernetes.io/component': 'manager' },
    };
    const data = dataOf(await createIdentity(this.wanted(false)));
    try {
      return await this.client.create(SECRETS, { metadata, type: 'kubernetes.io/tls', data });
    } catch (error) {
      if (isAlreadyExists(error)) return this.client.get(SECRETS, { namespace, name: metadata.name });
      throw error;
    }
  }

  private async renewed(secret: Stored<Secret>, isTrusted: boolean): Promise<Stored<Secret>> {
    const identity = identityOf(secret);
    const next = await renewedIdentity(identity, this.wanted(isTrusted));
    if (next === identity) return secret;
    const written = await this.write(secret, next);
    const { trusted } = identityOf(written);
    if (trusted !== identity.trusted) await this.trust.establish(trusted);
    return written;
  }

  /** Replaces the content, unless somebody else was faster: then theirs holds. */
  private async write(secret: Stored<Secret>, identity: ServerIdentity): Promise<Stored<Secret>> {
    const key = { namespace: this.options.namespace, name: WEBHOOK_NAMES.secret };
    const { resourceVersion } = secret.metadata;
    try {
      return await this.client.patch(SECRETS, key, { metadata: { resourceVersion }, data: dataOf(identity) });
    } catch (error) {
      if (isConflict(error)) return this.client.get(SECRETS, key);
      throw error;
    }
  }

  private wanted(isTrusted: boolean): Wanted {
    const { names, lifetimeMs } = this.options;
    return { names, lifetimeMs, isTrusted, now: this.clock.now() };
  }
}

function identityOf({ data = {} }: Secret): ServerIdentity {
  const text = (field: string): string => Buffer.from(data[field] ?? '', 'base64').toString('utf8');
  return {
    server: { certificate: text(FIELDS.certificate), key: text(FIELDS.key) },
    trusted: text(FIELDS.trusted),
    authorityKey: text(FIELDS.authorityKey),
  };
}

function dataOf({ server, trusted, authorityKey }: ServerIdentity): Record<string, string> {
  const texts = {
    [FIELDS.certificate]: server.certificate,
    [FIELDS.key]: server.key,
    [FIELDS.trusted]: trusted,
    [FIELDS.authorityKey]: authorityKey,
  };
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString('base64')]));
}
