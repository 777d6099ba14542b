/** Everything that the agent takes from its environment; read here and nowhere else. */
export interface AgentOptions {
  /** Kubernetes namespace of the agent's and the bundle's Job. */
  readonly namespace: string;
  readonly porterHome: string;
  /** Folder with config.yaml and, for the embedded state store, ca.crt. */
  readonly configFolder: string;
  /** Labels of the bundle's Job and Pod. */
  readonly labels: Readonly<Record<string, string>>;
  /** Account of the bundle's Pod; with one it gets its token, without one none. */
  readonly serviceAccount?: string;
  /** The operator's image, for the side containers of the bundle's Pod. */
  readonly image: string;
  /** The agent's own Job; the run is claimed in its name. */
  readonly jobName: string;
  readonly agentAction?: { readonly name: string; readonly uid: string };
  readonly deadlineSeconds: number;
  /** Folder of the registry logins (config.json). */
  readonly dockerConfigFolder?: string;
  /** PEM file of an additional CA for registries. */
  readonly caFile?: string;
  /** `HOST[:PORT]` of registries that may be spoken to without TLS. */
  readonly insecureRegistries: readonly string[];
  readonly proxy: boolean;
  /** All of it, for values with the source `env`. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** What the side programs for secret values need. */
export interface SecretsOptions {
  readonly namespace: string;
  readonly porterHome: string;
  /** Secret that keeps the values which agents make; none: they are not kept. */
  readonly valuesSecret?: string;
  readonly projectedFolder: string;
  readonly keptFolder: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_DEADLINE_SECONDS = 3600;

export function agentOptions(env: Environment): AgentOptions {
  const { PORTEROPS_AGENT_ACTION: action, PORTEROPS_AGENT_ACTION_UID: uid } = env;
  return {
    namespace: required(env, 'KUBE_NAMESPACE'),
    porterHome: env['PORTER_HOME'] ?? '/app/.porter',
    configFolder: env['PORTER_CONFIG'] ?? '/porter-config',
    labels: labelsOf(env['LABELS']),
    serviceAccount: filled(env['SERVICE_ACCOUNT']) ?? filled(env['PORTEROPS_SERVICE_ACCOUNT']),
    image: required(env, 'PORTEROPS_IMAGE'),
    jobName: required(env, 'PORTEROPS_JOB_NAME'),
    agentAction: filled(action) && filled(uid) ? { name: action ?? '', uid: uid ?? '' } : undefined,
    deadlineSeconds: positive(env['PORTEROPS_DEADLINE_SECONDS']) ?? DEFAULT_DEADLINE_SECONDS,
    dockerConfigFolder: filled(env['DOCKER_CONFIG']),
    caFile: filled(env['SSL_CERT_FILE']),
    insecureRegistries: (env['PORTEROPS_INSECURE_REGISTRIES'] ?? '').split(',').filter((host) => host !== ''),
    proxy: ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => filled(env[name]) !== undefined),
    variables: env,
  };
}

export function secretsOptions(env: Environment): SecretsOptions {
  return {
    namespace: required(env, 'KUBE_NAMESPACE'),
    porterHome: env['PORTER_HOME'] ?? '/app/.porter',
    valuesSecret: filled(env['PORTEROPS_VALUES_SECRET']),
    projectedFolder: env['PORTEROPS_PROJECTED_SECRETS'] ?? '/porter-projected-secrets',
    keptFolder: env['PORTEROPS_KEPT_VALUES'] ?? '/porter-kept-values',
    labels: labelsOf(env['LABELS']),
  };
}

function required(env: Environment, name: string): string {
  const value = filled(env[name]);
  if (value === undefined) throw new Error(`${name} is not set: the agent is meant to be started by the operator`);
  return value;
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function positive(value: string | undefined): number | undefined {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

/** `k=v k=v`, as Porter's Kubernetes driver reads it. */
function labelsOf(text = ''): Record<string, string> {
  const pairs = text.split(/\s+/).filter((pair) => pair.includes('='));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}
