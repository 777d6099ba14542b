import { inject, injectable } from 'inversify';
import { AGENT_SERVICE_ACCOUNT_LABEL, WELL_KNOWN_NAMES } from '../../../api/porter/v1/well-known.js';
import type { ServiceAccount, Stored } from '../../../runtime/client/index.js';
import { Client, SECRETS, SERVICE_ACCOUNTS } from '../../../runtime/client/index.js';
import { Clock, ExpiringCache } from '../../../runtime/clock/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import type { LaunchProblem } from './problem.js';

type Found = Stored<ServiceAccount> | undefined;

const FOUND_LIFETIME_MS = 60_000;
/** For what somebody is about to mend. */
const MISSING_LIFETIME_MS = 2_000;
/** The ServiceAccount that every namespace has. */
const DEFAULT_ACCOUNT = 'default';
/** Accounts that whoever may create agents may use; others need an administrator's label. */
const OPEN_ACCOUNTS: readonly string[] = [DEFAULT_ACCOUNT, WELL_KNOWN_NAMES.agentServiceAccount];
const DOCKER_CONFIG_TYPE = 'kubernetes.io/dockerconfigjson';
const DOCKER_CONFIG_KEY = '.dockerconfigjson';

/** Accounts of one run: the agent's, and the bundle's ('' for none). */
export interface RunAccounts {
  readonly agent: string;
  readonly bundle: string;
}

/** Looks at the ServiceAccounts that a run uses: may it, and which registry logins do they bring. */
@injectable()
@Rbac({ groups: [''], resources: ['serviceaccounts', 'secrets'], verbs: ['get'] })
export class ServiceAccounts {
  private readonly accounts: ExpiringCache<Found>;
  private readonly logins: ExpiringCache<string | undefined>;

  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Clock) clock: Clock,
  ) {
    this.accounts = new ExpiringCache(clock, (found) =>
      found !== undefined && isAllowed(found) ? FOUND_LIFETIME_MS : MISSING_LIFETIME_MS,
    );
    this.logins = new ExpiringCache(clock, (found) => (found === undefined ? MISSING_LIFETIME_MS : FOUND_LIFETIME_MS));
  }

  /** What keeps a run in `namespace` from using these accounts. */
  async problem(namespace: string, { agent, bundle }: RunAccounts): Promise<LaunchProblem | undefined> {
    for (const name of new Set([agent, ...(bundle === '' ? [] : [bundle])])) {
      const account = await this.account(namespace, name);
      if (account === undefined) return missing(namespace, name);
      if (!isAllowed(account)) return notAllowed(namespace, name);
    }
    return undefined;
  }

  /** All registry logins of both accounts as one Docker configuration (JSON), or `undefined` when there are none. */
  async dockerConfig(namespace: string, { agent, bundle }: RunAccounts): Promise<string | undefined> {
    const accounts = await Promise.all(
      [bundle === '' ? DEFAULT_ACCOUNT : bundle, agent].map((name) => this.account(namespace, name)),
    );
    const names = new Set(
      accounts.flatMap((account) => account?.imagePullSecrets?.map(({ name }) => name ?? '') ?? []),
    );
    const secrets = [...names].filter((name) => name !== '').map((name) => this.login(namespace, name));
    return mergeDockerConfigs((await Promise.all(secrets)).filter((login) => login !== undefined));
  }

  private account(namespace: string, name: string): Promise<Found> {
    return this.accounts.get(`${namespace}/${name}`, () => this.client.find(SERVICE_ACCOUNTS, { namespace, name }));
  }

  private login(namespace: string, name: string): Promise<string | undefined> {
    return this.logins.get(`${namespace}/${name}`, async () => {
      const secret = await this.client.find(SECRETS, { namespace, name });
      const config = secret?.type === DOCKER_CONFIG_TYPE ? secret.data?.[DOCKER_CONFIG_KEY] : undefined;
      return config === undefined ? undefined : Buffer.from(config, 'base64').toString();
    });
  }
}

/** One Docker configuration with the logins of all; for one registry the later one counts. Unreadable ones are left out. */
export function mergeDockerConfigs(configs: readonly string[]): string | undefined {
  const logins = configs.flatMap((config) => Object.entries(authsOf(config)));
  return logins.length === 0 ? undefined : JSON.stringify({ auths: Object.fromEntries(logins) });
}

function authsOf(config: string): Record<string, unknown> {
  try {
    return (JSON.parse(config) as { auths?: Record<string, unknown> }).auths ?? {};
  } catch {
    return {};
  }
}

function isAllowed({ metadata }: Stored<ServiceAccount>): boolean {
  return OPEN_ACCOUNTS.includes(metadata.name) || metadata.labels?.[AGENT_SERVICE_ACCOUNT_LABEL] === 'true';
}

function missing(namespace: string, name: string): LaunchProblem {
  const command =
    name === WELL_KNOWN_NAMES.agentServiceAccount
      ? `kubectl apply -n ${namespace} -k config/namespace`
      : `kubectl create serviceaccount ${name} -n ${namespace}`;
  return {
    reason: 'ServiceAccountNotFound',
    message: `ServiceAccount ${name} does not exist in namespace ${namespace}: an administrator creates it with: ${command}`,
  };
}

function notAllowed(namespace: string, name: string): LaunchProblem {
  return {
    reason: 'ServiceAccountNotAllowed',
    message:
      `agents may run as ${OPEN_ACCOUNTS.join(', ')} and what an administrator allows: ` +
      `kubectl label serviceaccount ${name} -n ${namespace} ${AGENT_SERVICE_ACCOUNT_LABEL}=true`,
    stalled: true,
  };
}
