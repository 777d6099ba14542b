import { inject, injectable } from 'inversify';
import {
  ACCESS_CA_KEY,
  ACCESS_KEY_KEY,
  ACCESS_SECRET,
  MANAGER_USER,
  STATE_STORE_PORT,
  StateUnavailableError,
  embeddedUrl,
  tenantPassword,
} from '../../../integrations/porter/state/index.js';
import { Client, SECRETS } from '../../../runtime/client/index.js';
import { Clock, ExpiringCache } from '../../../runtime/clock/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { AgentSettings } from '../agent-settings.js';

/** What is needed to log in to the embedded store; never to be logged. */
export interface EmbeddedAccess {
  /** The CA's certificate, PEM. */
  readonly ca: string;
  readonly accessKey: string;
}

/** An address of the embedded store, password included. */
export interface EmbeddedLogin {
  readonly url: string;
  readonly ca: string;
}

/** Where agents find the CA's certificate. */
const AGENT_CA_FILE = '/porter-config/ca.crt';
const ACCESS_LIFETIME_MS = 60_000;

/** How agents and the operator itself log in to the embedded store. */
@injectable()
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get'] })
export class EmbeddedStore {
  private readonly access: ExpiringCache<EmbeddedAccess>;

  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Clock) clock: Clock,
    @inject(AgentSettings) private readonly settings: AgentSettings,
  ) {
    this.access = new ExpiringCache(clock, () => ACCESS_LIFETIME_MS);
  }

  /** For an agent of a Kubernetes namespace; the URL expects the certificate at {@link AGENT_CA_FILE}. */
  async agentLogin(namespace: string): Promise<EmbeddedLogin> {
    const { ca, accessKey } = await this.read();
    const password = tenantPassword(accessKey, namespace);
    return { ca, url: embeddedUrl({ ...this.address(), user: namespace, password, caFile: AGENT_CA_FILE }) };
  }

  /** For the operator, which may read every tenant. */
  async managerLogin(): Promise<EmbeddedLogin> {
    const { ca, accessKey } = await this.read();
    const password = tenantPassword(accessKey, MANAGER_USER);
    return { ca, url: embeddedUrl({ ...this.address(), user: MANAGER_USER, password }) };
  }

  private read(): Promise<EmbeddedAccess> {
    return this.access.get('', async () => {
      const namespace = this.settings.operatorNamespace;
      const secret = await this.client.find(SECRETS, { namespace, name: ACCESS_SECRET });
      const [ca, accessKey] = [ACCESS_CA_KEY, ACCESS_KEY_KEY].map((key) => decoded(secret?.data?.[key]));
      if (ca && accessKey) return { ca, accessKey };
      throw new StateUnavailableError(
        `Secret ${namespace}/${ACCESS_SECRET}, which the state store writes when it starts, is not there yet`,
      );
    });
  }

  private address(): { host: string; port: number } {
    const { stateStoreService, operatorNamespace } = this.settings;
    const [host = '', port] = stateStoreService.split(':');
    if (port !== undefined) return { host, port: Number(port) };
    return { host: `${host}.${operatorNamespace}.svc`, port: STATE_STORE_PORT };
  }
}

function decoded(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString();
}
