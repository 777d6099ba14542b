import { Command, InvalidArgumentError, Option } from 'commander';
import { parseAddress } from '../../runtime/http/index.js';
import type { PodAddress } from './serving/service-endpoint.js';

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
  /** Several stores may run, one of which serves. */
  readonly leaderElect: boolean;
  readonly leaderElectId?: string;
  /** Where the Service shall lead when this store serves; absent where the Service has a selector, or there is none. */
  readonly pod?: PodAddress;
}

type Flags = Omit<StateStoreOptions, 'pod'> & { podIp?: string; podName: string };

const DESCRIPTION =
  "Porter's database, kept as StateRecord objects of Kubernetes. Speaks the part of MongoDB's protocol that Porter uses.";
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];

/** Reads flags (`argv` without node and script) over the environment; the only place that knows either. */
export function parseOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StateStoreOptions {
  const { POD_NAMESPACE = 'porterops-system', POD_NAME = '', POD_UID, POD_IP } = environment;
  const { podIp, podName, ...options } = new Command('state-store')
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
    .option('--leader-elect', 'serve only as the holder of a Lease, so that several can run and one serves', false)
    .addOption(
      new Option('--leader-elect-id <text>', 'who holds the Lease; no two processes at one time may share it').default(
        POD_UID,
        'env POD_UID, else random',
      ),
    )
    .addOption(
      new Option('--pod-ip <address>', 'lead the Service, which must have no selector, here while serving').default(
        POD_IP,
        'env POD_IP',
      ),
    )
    .option('--pod-name <name>', 'the Pod of that address (env POD_NAME)', POD_NAME)
    .option('--kubeconfig <file>', 'instead of the usual places')
    .addOption(new Option('--log-level <level>').choices(LOG_LEVELS).default('info'))
    .parse(argv, { from: 'user' })
    .opts<Flags>();
  if (podIp === undefined) return options;
  return { ...options, pod: { ip: podIp, name: podName, port: parseAddress(options.listen)?.port ?? 0 } };
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 0.');
  return Number(text);
}
