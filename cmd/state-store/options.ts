import { Command, InvalidArgumentError, Option } from 'commander';

/** What the command line says. */
export interface StateStoreOptions {
  /** Where StateRecords and the store's own Secrets are. */
  readonly namespace: string;
  readonly listen: string;
  readonly serviceName: string;
  readonly healthProbeBindAddress: string;
  readonly kubeconfig?: string;
  /** Bytes that are kept of the log of one run; 0 keeps all. */
  readonly logLimit: number;
  /** Newest runs of an installation that are kept; 0 keeps all. */
  readonly keepRuns: number;
  readonly logLevel: string;
}

const DESCRIPTION =
  "Porter's database, kept as StateRecord objects of Kubernetes. Speaks the part of MongoDB's protocol that Porter uses.";
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];

/** Reads flags (`argv` without node and script) over the environment; the only place that knows either. */
export function parseOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StateStoreOptions {
  const { POD_NAMESPACE = 'porterops-system' } = environment;
  return new Command('state-store')
    .description(DESCRIPTION)
    .option('--namespace <name>', 'where the records and the own Secrets are (env POD_NAMESPACE)', POD_NAMESPACE)
    .option('--listen <address>', 'host:port or :port for clients', ':27017')
    .option('--service-name <name>', 'Service by which clients reach the store', 'porterops-state-store')
    .option('--health-probe-bind-address <address>', 'host:port of /healthz and /readyz; 0 is off', ':8081')
    .option('--log-limit <bytes>', "how much is kept of a run's log, half from each end; 0 keeps all", count, 262_144)
    .option(
      '--keep-runs <count>',
      'newest runs of an installation that are kept, besides the last success and the runs with the latest outputs; 0 keeps all',
      count,
      10,
    )
    .option('--kubeconfig <file>', 'instead of the usual places')
    .addOption(new Option('--log-level <level>').choices(LOG_LEVELS).default('info'))
    .parse(argv, { from: 'user' })
    .opts<StateStoreOptions>();
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 0.');
  return Number(text);
}
