import { Command, InvalidArgumentError, Option } from 'commander';
import { WEBHOOK_NAMES } from '../../runtime/webhook/index.js';

/** What the manager was started with. */
export interface Options {
  families: string[];
  metricsBindAddress: string;
  metricsSecure: boolean;
  metricsCertDir: string;
  webhookBindAddress: string;
  webhookCertDir: string;
  webhookCertLifetime: number;
  webhookService: string;
  healthProbeBindAddress: string;
  namespace: string;
  upstreamDefaults: boolean;
  defaultAgent: 'Porter' | 'BuiltIn';
  builtInAgentImage: string;
  porterAgentImage: string;
  stateStore: 'embedded' | 'none';
  stateStoreService: string;
  kubeconfig?: string;
  watchNamespaces?: string[];
  leaderElect: boolean;
  leaderElectId?: string;
  otlpEndpoint: string;
  traceRatio: number;
  logLevel: string;
  maxConcurrentReconciles: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];

/**
 * Reads flags (`argv` without node and script) over the environment; the only place that knows either. A wrong flag is
 * told through `complain` and throws `CommanderError`, as `--help` does.
 */
export function parseOptions(
  argv: readonly string[],
  environment: Environment,
  complain: (text: string) => void = (text) => process.stderr.write(text),
): Options {
  const command = new Command('manager').description('The PorterOps operator.').allowExcessArguments(false);
  command.exitOverride().configureOutput({ writeErr: complain });
  for (const option of flags(environment)) command.addOption(option);
  // As OLM says which namespaces an OperatorGroup selects; empty means all.
  const { WATCH_NAMESPACE = '' } = environment;
  const preset = WATCH_NAMESPACE === '' ? [] : [`--watch-namespaces=${WATCH_NAMESPACE}`];
  return command.parse([...preset, ...argv], { from: 'user' }).opts<Options>();
}

function flags(environment: Environment): Option[] {
  const { POD_NAMESPACE = 'porterops-system', POD_UID, BUILT_IN_AGENT_IMAGE = '' } = environment;
  return [
    new Option('--families <names>', 'families of kinds to serve, by commas').argParser(names).default(['porter']),
    new Option('--namespace <name>', "the operator's own namespace").default(POD_NAMESPACE),
    new Option('--watch-namespaces <names>', 'namespaces to serve, by commas; all if none is named').argParser(
      namespaces,
    ),
    new Option(
      '--upstream-defaults',
      "let the AgentConfig and PorterConfig named default in namespace porter-operator-system, that of Porter's own operator, apply everywhere; only an administrator should be able to create that namespace then",
    ).default(false),
    new Option('--default-agent <agent>', 'agent of installations that name none')
      .choices(['Porter', 'BuiltIn'])
      .default('Porter'),
    new Option('--built-in-agent-image <image>', "the operator's own image").default(BUILT_IN_AGENT_IMAGE),
    new Option('--porter-agent-image <image>', "Porter's agent").default('ghcr.io/getporter/porter-agent:v1.4.0'),
    new Option('--state-store <kind>', 'where records are kept unless a PorterConfig says otherwise')
      .choices(['embedded', 'none'])
      .default('embedded'),
    new Option('--state-store-service <name>', 'Service of the embedded store, or its host:port').default(
      'porterops-state-store',
    ),
    ...metricsFlags(),
    ...webhookFlags(),
    ...tracingFlags(environment),
    new Option('--health-probe-bind-address <address>', 'host:port of /healthz and /readyz; 0 is off').default(':8081'),
    new Option(
      '--leader-elect',
      'work only while holding a Lease in the own namespace; needed for more than one replica and for rolling updates',
    ).default(false),
    new Option('--leader-elect-id <text>', 'who holds the Lease; no two processes at one time may share it').default(
      POD_UID,
    ),
    new Option('--kubeconfig <file>', 'instead of the usual places'),
    new Option('--log-level <level>').choices(LOG_LEVELS).default('info'),
    new Option('--max-concurrent-reconciles <count>', 'workers per kind').argParser(positive).default(8),
  ];
}

function metricsFlags(): Option[] {
  return [
    new Option('--metrics-bind-address <address>', 'host:port of /metrics; 0 is off').default(':8443'),
    new Option(
      '--metrics-secure [boolean]',
      'serve metrics by HTTPS to those whose bearer token the API server knows and allows to get /metrics (ClusterRole porterops-metrics-reader); false: by HTTP to everybody',
    )
      .argParser(truth)
      .preset('true')
      .default(true),
    new Option(
      '--metrics-cert-dir <folder>',
      'folder with tls.crt and tls.key for metrics, read again when they change; without one the certificate is self-signed',
    ).default(''),
  ];
}

function webhookFlags(): Option[] {
  return [
    new Option(
      '--webhook-bind-address <address>',
      'host:port of the admission webhooks, which refuse what the definitions let pass and warn of mistakes; 0 is off. config/webhook has what belongs to it',
    ).default('0'),
    new Option(
      '--webhook-cert-dir <folder>',
      'folder with tls.crt and tls.key for the webhooks, read again when they change, as cert-manager and OLM mount them; without one the operator makes and renews a certificate of its own',
    ).default(''),
    new Option(
      '--webhook-cert-lifetime <duration>',
      'how long a certificate of its own is good for, such as 90d, 12h or 30s; it is renewed when a third is left',
    )
      .argParser(duration)
      .default(90 * UNITS_MS.d, '90d'),
    new Option('--webhook-service <name>', 'Service through which the API server reaches the webhooks').default(
      WEBHOOK_NAMES.service,
    ),
  ];
}

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** In milliseconds. */
function duration(text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  if (unit === '') throw new InvalidArgumentError('It must be a number with s, m, h or d, such as 90d.');
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/** The endpoint as OpenTelemetry's own programs take it. */
function tracingFlags({ OTEL_EXPORTER_OTLP_ENDPOINT = '' }: Environment): Option[] {
  return [
    new Option(
      '--otlp-endpoint <url>',
      'where spans of passes and API requests go, such as http://collector:4318 (OTLP/HTTP); without one there are none',
    )
      .argParser(httpUrl)
      .default(OTEL_EXPORTER_OTLP_ENDPOINT),
    new Option('--trace-ratio <share>', 'share of the passes that are traced, from 0 to 1').argParser(share).default(1),
  ];
}

function httpUrl(text: string): string {
  if (text !== '' && !/^https?:\/\/[^/]/.test(text)) throw new InvalidArgumentError('It must be an http or https URL.');
  return text;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

function truth(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('It must be true or false.');
  return text === 'true';
}

function names(text: string): string[] {
  return text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}

function namespaces(text: string): string[] | undefined {
  const named = names(text);
  const wrong = named.find((name) => !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name));
  if (wrong !== undefined) throw new InvalidArgumentError(`'${wrong}' is not the name of a namespace.`);
  return named.length === 0 ? undefined : named;
}

function positive(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return count;
}
