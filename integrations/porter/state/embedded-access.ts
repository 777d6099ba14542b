import { createHmac } from 'node:crypto';

/** The user that reads every tenant and writes nowhere; it picks the tenant by the name of the database. */
export const MANAGER_USER = '$manager';

/** Secret in the operator's namespace from which the manager reads how to reach the embedded store. */
export const ACCESS_SECRET = 'porterops-state-store-access';
/** Keys of {@link ACCESS_SECRET}: the CA's certificate (PEM), and the key that passwords are derived from. */
export const ACCESS_CA_KEY = 'ca.crt';
export const ACCESS_KEY_KEY = 'access.key';

/** Porter's database name in the URLs of tenants; the embedded store tells tenants apart by user, not by this. */
export const PORTER_DATABASE = 'porter';
export const STATE_STORE_PORT = 27017;

/**
 * The password of a tenant (a Kubernetes namespace, or {@link MANAGER_USER}) in the embedded store. Store and manager
 * derive the same one, so that none has to be kept. `accessKey` is the text in the Secret.
 */
export function tenantPassword(accessKey: string, tenant: string): string {
  return createHmac('sha256', accessKey).update(tenant).digest('base64url');
}

export interface EmbeddedAddress {
  readonly host: string;
  readonly port?: number;
  readonly user: string;
  readonly password: string;
  /** {@link PORTER_DATABASE} for tenants, the tenant's name for the manager. */
  readonly database?: string;
  /** Path of the CA's certificate where the URL is used; without it the system's own CAs are asked. */
  readonly caFile?: string;
}

/** The connection string that Porter and the Node driver understand alike. */
export function embeddedUrl(address: EmbeddedAddress): string {
  const { host, port = STATE_STORE_PORT, user, password, database = PORTER_DATABASE, caFile } = address;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const ca = caFile === undefined ? '' : `&tlsCAFile=${encodeURIComponent(caFile)}`;
  // After the loss of a node the first try may take as long as a connection may, and there must be time for another one.
  const patience = 'serverSelectionTimeoutMS=55000';
  const options = `tls=true${ca}&authSource=admin&authMechanism=SCRAM-SHA-256&retryWrites=true&${patience}`;
  return `mongodb://${login}@${host}:${port}/${encodeURIComponent(database)}?${options}`;
}
