import { MongoClient, type Db } from 'mongodb';
import {
  ACCESS_CA_KEY,
  ACCESS_KEY_KEY,
  ACCESS_SECRET,
  MANAGER_USER,
} from '../../integrations/porter/state/embedded-access.js';
import { embeddedUrl, tenantPassword } from '../../integrations/porter/state/embedded-access.js';
import { SECRETS } from '../../runtime/client/index.js';
import { PATIENCE_MS } from './eventually.js';
import type { KubeApi } from './kube-api.js';
import { OPERATOR_NAMESPACE } from './operator.js';

const STORE_HOST = `porterops-state-store.${OPERATOR_NAMESPACE}.svc`;

export interface RunRecord {
  _id: string;
  action: string;
  installation: string;
  bundleReference: string;
  revision: string;
  /** The values that the run was given, as Porter keeps them. */
  parameters: { parameters: { name: string; source: { value?: string; secret?: string } }[] };
}

export interface InstallationRecord {
  name: string;
  namespace: string;
  status: { action: string; resultStatus: string; runId: string; installed: string | null; uninstalled: string | null };
}

/** Porter's records as they are in the embedded store, read with the stock driver. */
export class Records {
  private constructor(private readonly client: MongoClient) {}

  /** @param user the manager, who reads all tenants and writes nowhere, or a tenant, who has its own for itself */
  static async open(api: KubeApi, user = MANAGER_USER): Promise<Records> {
    const { data } = await api.get(SECRETS, { namespace: OPERATOR_NAMESPACE, name: ACCESS_SECRET });
    const password = tenantPassword(decoded(data, ACCESS_KEY_KEY), user);
    const url = embeddedUrl({ host: STORE_HOST, user, password });
    const ca = decoded(data, ACCESS_CA_KEY);
    return new Records(new MongoClient(url, { ca, serverSelectionTimeoutMS: PATIENCE_MS }));
  }

  /** All runs of an installation, oldest first. A tenant is a Kubernetes namespace. */
  async runs(tenant: string, installation: string): Promise<RunRecord[]> {
    return this.tenant(tenant).collection<RunRecord>('runs').find({ installation }).sort({ _id: 1 }).toArray();
  }

  async installation(tenant: string, name: string): Promise<InstallationRecord | null> {
    return this.tenant(tenant).collection<InstallationRecord>('installations').findOne({ name });
  }

  /** Any collection of a tenant. */
  tenant(tenant: string): Db {
    return this.client.db(tenant);
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

function decoded(data: Record<string, string> | undefined, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString();
}
