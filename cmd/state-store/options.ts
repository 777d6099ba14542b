import { Command } from 'commander';

/** What the command line says. */
export interface StateStoreOptions {
  /** Where StateRecords and the store's own Secrets are. */
  readonly namespace: string;
  readonly listen: string;
  readonly serviceName: string;
  readonly healthProbeBindAddress: string;
  readonly kubeconfig?: string;
  readonly logLevel: string;
}

/** Reads the command line; prints help or what is wrong and ends the process itself. */
export function parseOptions(argv: readonly string[], env: NodeJS.ProcessEnv): StateStoreOptions {
  const { POD_NAMESPACE: podNamespace } = env;
  const program = new Command('state-store')
    .description(
      "Porter's database, kept as StateRecord objects of Kubernetes; speaks the part of MongoDB's protocol that Porter uses",
    )
    .option(
      '--namespace <name>',
      'namespace of the StateRecords and of the own Secrets (env POD_NAMESPACE)',
      podNamespace,
    )
    .option('--listen <address>', 'address for clients: host:port or :port', ':27017')
    .option('--service-name <name>', 'Service by which clients reach the store', 'porterops-state-store')
    .option('--health-probe-bind-address <address>', '/healthz and /readyz; 0 is off', ':8081')
    .option('--kubeconfig <file>', 'kubeconfig; without it the Pod, or what kubectl uses')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .parse(argv, { from: 'user' });
  const options = program.opts<Partial<StateStoreOptions> & Omit<StateStoreOptions, 'namespace'>>();
  const { namespace } = options;
  if (namespace === undefined) return program.error('error: --namespace (or POD_NAMESPACE) is missing');
  return { ...options, namespace };
}
