import { inject, injectable } from 'inversify';
import { WELL_KNOWN_NAMES } from '../../../api/porter/v1/well-known.js';
import { Client } from '../../../runtime/client/index.js';
import { Clock, ExpiringCache } from '../../../runtime/clock/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import type { LaunchProblem } from './problem.js';

interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
}

/** Without these no agent can run a bundle; who has them has the rest of the agents' Role. */
const NEEDED: readonly Right[] = [
  { verb: 'create', group: 'batch', resource: 'jobs' },
  { verb: 'get', group: '', resource: 'pods', subresource: 'log' },
  { verb: 'create', group: '', resource: 'secrets' },
];

const GRANTED_LIFETIME_MS = 600_000;
const MISSING_LIFETIME_MS = 5_000;

/** Asks the API server whether an agent's ServiceAccount may do what agents do. */
@injectable()
@Rbac({ groups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] })
export class AgentRights {
  private readonly reviews: ExpiringCache<readonly Right[]>;

  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Clock) clock: Clock,
  ) {
    this.reviews = new ExpiringCache(clock, (missing) =>
      missing.length > 0 ? MISSING_LIFETIME_MS : GRANTED_LIFETIME_MS,
    );
  }

  /** The first right that the account lacks, with the command that grants it. */
  async problem(namespace: string, account: string): Promise<LaunchProblem | undefined> {
    const [first] = await this.reviews.get(`${namespace}/${account}`, () => this.missing(namespace, account));
    if (first === undefined) return undefined;
    const right = [first.resource, first.subresource].filter((part) => part !== undefined).join('/');
    return {
      reason: 'RightsMissing',
      message:
        `ServiceAccount ${account} may not ${first.verb} ${right} in namespace ${namespace}: ` +
        `an administrator grants agents their rights with: ${grantCommand(namespace, account)}`,
    };
  }

  private async missing(namespace: string, account: string): Promise<readonly Right[]> {
    const allowed = await Promise.all(NEEDED.map((right) => this.isAllowed(namespace, account, right)));
    return NEEDED.filter((_, index) => allowed[index] === false);
  }

  private async isAllowed(namespace: string, account: string, right: Right): Promise<boolean> {
    const review = await this.client.post<object, { status?: { allowed?: boolean } }>(
      `/apis/authorization.k8s.io/v1/namespaces/${namespace}/localsubjectaccessreviews`,
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'LocalSubjectAccessReview',
        metadata: { namespace },
        spec: {
          user: `system:serviceaccount:${namespace}:${account}`,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
          resourceAttributes: { namespace, ...right },
        },
      },
    );
    return review.status?.allowed === true;
  }
}

function grantCommand(namespace: string, account: string): string {
  const { agentServiceAccount } = WELL_KNOWN_NAMES;
  const apply = `kubectl apply -n ${namespace} -k config/namespace`;
  if (account === agentServiceAccount) return apply;
  const bind = `kubectl create rolebinding ${agentServiceAccount}-${account} -n ${namespace} --role=${agentServiceAccount} --serviceaccount=${namespace}:${account}`;
  return `${apply} && ${bind}`;
}
