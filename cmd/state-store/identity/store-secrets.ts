import { randomBytes } from 'node:crypto';
import { ACCESS_CA_KEY, ACCESS_KEY_KEY, ACCESS_SECRET } from '../../../integrations/porter/state/embedded-access.js';
import type { Client, Secret, Stored } from '../../../runtime/client/index.js';
import { SECRETS, isAlreadyExists, isConflict } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import type { KeyPair } from '../../../runtime/tls/index.js';
import { createAuthority, isCurrent, issueCertificate } from '../../../runtime/tls/certificates.js';

/** What only the store may read: its certificate, its authority's key, the key of the records. */
export const SERVER_SECRET = 'porterops-state-store-server';

/** Keys of {@link SERVER_SECRET}; `encryption.key` is base64 of 32 bytes, the others are PEM. */
const FIELDS = {
  certificate: 'tls.crt',
  key: 'tls.key',
  authority: 'ca.crt',
  authorityKey: 'ca.key',
  encryption: 'encryption.key',
} as const;

/** What the store needs to serve. */
export interface StoreIdentity {
  readonly server: KeyPair;
  readonly encryptionKey: Buffer;
  /** As text, as passwords are derived from it. */
  readonly accessKey: string;
}

export interface StoreSecretsOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly serviceName: string;
  readonly now: () => number;
}

/**
 * Makes the store's Secrets at its first start and reads them ever after. Two stores that start at once agree, because
 * the API server takes one of them only.
 */
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['create'] })
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get', 'patch'], names: [SERVER_SECRET, ACCESS_SECRET] })
export class StoreSecrets {
  constructor(private readonly options: StoreSecretsOptions) {}

  /** Everything there and valid; renews the server's certificate when it is time. */
  async ensure(): Promise<StoreIdentity> {
    const server = await this.renewed(await this.findOrCreate(SERVER_SECRET, () => this.newServerSecret()));
    const authority = field(server, FIELDS.authority);
    const access = await this.findOrCreate(ACCESS_SECRET, () => {
      const data = { [ACCESS_CA_KEY]: authority, [ACCESS_KEY_KEY]: randomBytes(32).toString('base64url') };
      return Promise.resolve(data);
    });
    if (field(access, ACCESS_CA_KEY) !== authority) await this.patch(access, { [ACCESS_CA_KEY]: authority });
    return {
      server: { certificate: field(server, FIELDS.certificate), key: field(server, FIELDS.key) },
      encryptionKey: Buffer.from(field(server, FIELDS.encryption), 'base64'),
      accessKey: field(access, ACCESS_KEY_KEY),
    };
  }

  /** Names under which clients reach the store: as a Service, and through a port-forward. */
  private get names(): string[] {
    const { serviceName, namespace } = this.options;
    const service = `${serviceName}.${namespace}`;
    return [serviceName, service, `${service}.svc`, `${service}.svc.cluster.local`, 'localhost', '127.0.0.1'];
  }

  private async newServerSecret(): Promise<Record<string, string>> {
    const now = this.options.now();
    const authority = await createAuthority('porterops state store', now);
    const server = await issueCertificate(authority, this.names, now);
    return {
      [FIELDS.authority]: authority.certificate,
      [FIELDS.authorityKey]: authority.key,
      [FIELDS.certificate]: server.certificate,
      [FIELDS.key]: server.key,
      [FIELDS.encryption]: randomBytes(32).toString('base64'),
    };
  }

  private async renewed(secret: Stored<Secret>): Promise<Stored<Secret>> {
    const now = this.options.now();
    const authority = { certificate: field(secret, FIELDS.authority), key: field(secret, FIELDS.authorityKey) };
    if (isCurrent(field(secret, FIELDS.certificate), authority.certificate, this.names, now)) return secret;
    const server = await issueCertificate(authority, this.names, now);
    return this.patch(secret, { [FIELDS.certificate]: server.certificate, [FIELDS.key]: server.key });
  }

  private async findOrCreate(name: string, make: () => Promise<Record<string, string>>): Promise<Stored<Secret>> {
    const { client, namespace } = this.options;
    const found = await client.find(SECRETS, { namespace, name });
    if (found !== undefined) return found;
    const labels = { 'app.kubernetes.io/name': 'porterops', 'app.kubernetes.io/component': 'state-store' };
    const secret = { metadata: { namespace, name, labels }, type: 'Opaque', data: encoded(await make()) };
    try {
      return await client.create(SECRETS, secret);
    } catch (error) {
      if (isAlreadyExists(error)) return client.get(SECRETS, { namespace, name });
      throw error;
    }
  }

  /** Changes some keys, unless somebody else was faster: then theirs hold. */
  private async patch(secret: Stored<Secret>, data: Record<string, string>): Promise<Stored<Secret>> {
    const { client, namespace } = this.options;
    const { name, resourceVersion } = secret.metadata;
    try {
      return await client.patch(SECRETS, { namespace, name }, { metadata: { resourceVersion }, data: encoded(data) });
    } catch (error) {
      if (isConflict(error)) return client.get(SECRETS, { namespace, name });
      throw error;
    }
  }
}

function encoded(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}

function field(secret: Secret, key: string): string {
  const value = secret.data?.[key];
  if (value === undefined) {
    throw new Error(
      `Secret ${secret.metadata.name} lacks ${key}; restore it from a backup, or delete it to start anew`,
    );
  }
  return Buffer.from(value, 'base64').toString('utf8');
}
