import { freePort, Program } from './program.js';

export interface OperatorOptions {
  /** Path of the kubeconfig that says as whom the operator works. */
  kubeconfig: string;
  /** `embedded` expects a state store at `serviceAddress`; `none` judges runs by exit codes. */
  stateStore: 'embedded' | 'none';
  /** IP address that the names of Services lead to. */
  serviceAddress?: string;
  agent?: 'Porter' | 'BuiltIn';
  /** The program; the product's manager unless another one is measured. */
  file?: string;
  /** The heap as the image sets it, which saves memory and costs time: only who measures wants it. */
  heapOfImage?: boolean;
}

const HEAP_OF_IMAGE = ['--max-semi-space-size=2', '--heap-growing-percent=30', '--optimize-for-size'];

export const OPERATOR_NAMESPACE = 'porterops-system';

/** The operator as a process beside the control plane, with its metrics. */
export class Operator extends Program {
  private constructor(
    file: string,
    options: ConstructorParameters<typeof Program>[1],
    private readonly metricsPort: number,
  ) {
    super(file, options);
  }

  static async prepare(options: OperatorOptions): Promise<Operator> {
    const metricsPort = await freePort();
    const args = [
      '--families=porter',
      `--kubeconfig=${options.kubeconfig}`,
      `--namespace=${OPERATOR_NAMESPACE}`,
      `--metrics-bind-address=127.0.0.1:${metricsPort}`,
      '--metrics-secure=false',
      `--default-agent=${options.agent ?? 'BuiltIn'}`,
      '--built-in-agent-image=registry.test/porterops:test',
      `--state-store=${options.stateStore}`,
    ];
    const withNames = options.serviceAddress !== undefined;
    return new Operator(
      options.file ?? 'dist/manager.js',
      {
        args,
        nodeArgs: [
          ...(options.heapOfImage === true ? HEAP_OF_IMAGE : []),
          ...(withNames ? ['--import', './build/test/support/service-names.js'] : []),
        ],
        env: withNames ? { SERVICE_ADDRESS: options.serviceAddress ?? '' } : {},
      },
      metricsPort,
    );
  }

  /** The sum of a metric over all its series whose labels contain the given text. */
  async metric(name: string, labels = ''): Promise<number> {
    return sumOf(await this.metrics(), name, labels);
  }

  /** Where metrics are served; `https` if it was started with `--metrics-secure=true`. */
  get metricsHost(): string {
    return `127.0.0.1:${this.metricsPort}`;
  }

  /** All metrics in Prometheus' text form. */
  async metrics(): Promise<string> {
    const ask = () => fetch(`http://${this.metricsHost}/metrics`);
    // A connection that was kept may lead to a life of the operator that has ended.
    return (await ask().catch(ask)).text();
  }
}

/** The sum over all series of a metric in Prometheus' text form whose labels contain the given text. */
export function sumOf(metrics: string, name: string, labels = ''): number {
  return metrics
    .split('\n')
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
