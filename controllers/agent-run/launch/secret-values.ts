import { inject, injectable } from 'inversify';
import type { AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import { WELL_KNOWN_NAMES } from '../../../api/porter/v1/well-known.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import { Client, SECRETS } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { RunConfiguration } from '../config/run-configuration.js';
import { StorePasswords } from '../state/store-passwords.js';
import { valuesSecretName } from '../values-secret.js';
import { LaunchChecks } from './launch-checks.js';
import { projectionsOf } from './projected-secrets.js';

type Spec = DeepReadonly<AgentActionSpec>;
/** As far as it names Secrets. */
interface Sources {
  readonly env?: readonly { valueFrom?: { secretKeyRef?: { name?: string } } }[];
  readonly envFrom?: readonly { secretRef?: { name?: string } }[];
  readonly volumes?: readonly {
    secret?: { secretName?: string };
    projected?: { sources?: readonly { secret?: { name?: string } }[] };
  }[];
}
interface RegistryLogin {
  readonly auth?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** Everything secret that an agent is given, for taking it out of what the agent says. */
@injectable()
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get'] })
export class SecretValues {
  constructor(
    @inject(Client) private readonly client: Client,
    @inject(RunConfiguration) private readonly configuration: RunConfiguration,
    @inject(LaunchChecks) private readonly checks: LaunchChecks,
    @inject(StorePasswords) private readonly store: StorePasswords,
  ) {}

  /** Of a run with this spec: all values of each Secret that it names, logins of registries, the store's password. */
  async of(namespace: string, spec: Spec): Promise<string[]> {
    const values = [...secretNames(spec)].map((name) => this.values(namespace, name));
    const found = await Promise.all([...values, this.logins(namespace, spec), this.store.of(namespace)]);
    return found.flat();
  }

  private async values(namespace: string, name: string): Promise<string[]> {
    const { data = {} } = (await this.client.find(SECRETS, { namespace, name })) ?? {};
    return Object.values(data).map(decoded);
  }

  private async logins(namespace: string, { agentConfig }: Spec): Promise<string[]> {
    const found = this.configuration.resolve({ namespace, agentConfig: agentConfig?.name });
    const config = found.missing === undefined ? found.agent : this.configuration.defaults(namespace);
    return loginSecrets((await this.checks.dockerConfig(namespace, config)) ?? '{}');
  }
}

function secretNames(spec: Spec): Set<string> {
  const { env = [], envFrom = [], volumes = [] } = spec as Sources;
  const projections = projectionsOf(spec.secrets ?? []);
  const names = [
    WELL_KNOWN_NAMES.agentEnvSecret,
    ...(projections.problem === undefined ? projections.files.map(({ secret }) => secret) : []),
    ...(spec.installation === undefined ? [] : [valuesSecretName(spec.installation)]),
    ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...envFrom.map(({ secretRef }) => secretRef?.name),
    ...volumes.map(({ secret }) => secret?.secretName),
    ...volumes.flatMap(({ projected }) => projected?.sources?.map(({ secret }) => secret?.name) ?? []),
  ];
  return new Set(names.flatMap((name = '') => (name === '' ? [] : [name])));
}

/** What is secret in a Docker configuration (JSON); `auth` is base64 of `user:password`. */
function loginSecrets(dockerConfig: string): string[] {
  const { auths = {} } = JSON.parse(dockerConfig) as { auths?: Record<string, RegistryLogin> };
  return Object.values(auths).flatMap(({ auth = '', password, identitytoken, registrytoken }) => {
    const [, ...fromAuth] = decoded(auth).split(':');
    const secrets = [auth, password, identitytoken, registrytoken, fromAuth.join(':')];
    return secrets.flatMap((secret = '') => (secret === '' ? [] : [secret]));
  });
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
