import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { endsWithUs } from './children.js';
import { KubeApi } from './kube-api.js';

const CLUSTER = 'hack/cluster';
/** Environment variable: what the tests' own cluster is called, so that several can run side by side. */
export const CLUSTER_NAME = 'TEST_CLUSTER_NAME';
/** Environment variable: mocha counts the processes that it runs tests in at once (https://mochajs.org/features/parallel-mode/). */
const MOCHA_WORKER = 'MOCHA_WORKER_ID';
const START_DEADLINE_MS = 25 * 60_000;

/** An API server that the tests may fill: the one of KUBECONFIG, or one of our own that ends with the tests. */
export class Cluster {
  private constructor(
    /** Path of a kubeconfig with all rights. */
    readonly kubeconfig: string,
    readonly api: KubeApi,
    private readonly ownName?: string,
  ) {}

  /** True when the tests run on somebody's cluster: cluster-wide objects must not be deleted. */
  static isGiven(): boolean {
    return (process.env['KUBECONFIG'] ?? '') !== '';
  }

  /**
   * Takes the cluster of the environment variable KUBECONFIG, or starts `hack/cluster` anew under the name of the
   * environment variable TEST_CLUSTER_NAME, or the given one. Building Kubernetes for the first time takes minutes; the
   * progress goes to stderr.
   */
  static async start(usualName: string): Promise<Cluster> {
    const name = clusterName(usualName);
    const given = process.env['KUBECONFIG'] ?? '';
    if (Cluster.isGiven()) return new Cluster(given, await KubeApi.fromKubeconfig(given));
    const kubeconfig = (await run(CLUSTER, ['--name', name, 'kubeconfig'])).trim();
    // What a run that was cut off has left would make this one judge somebody else's objects.
    if (existsSync(dirname(kubeconfig))) await Cluster.remove(name);
    try {
      await run(CLUSTER, ['--name', name, 'up']);
      return new Cluster(kubeconfig, await KubeApi.fromKubeconfig(kubeconfig), name);
    } catch (error) {
      await Cluster.remove(name);
      throw error;
    }
  }

  /** Ends a cluster of ours and removes what it stored; no signal to this process disturbs it. */
  static async remove(name: string): Promise<void> {
    await run(CLUSTER, ['--name', name, 'down'], { detached: true });
  }

  /** The same for the cluster of this name and those of its workers (see {@link clusterName}). */
  static async removeAll(name: string): Promise<void> {
    const kubeconfig = (await run(CLUSTER, ['--name', name, 'kubeconfig'], { detached: true })).trim();
    const clusters = dirname(dirname(kubeconfig));
    if (!existsSync(clusters)) return;
    const ours = readdirSync(clusters).filter((other) => /^(-\d+)?$/.test(other.slice(name.length)));
    await Promise.all(ours.filter((other) => other.startsWith(name)).map((other) => Cluster.remove(other)));
  }

  /** Runs kubectl with all rights; returns what it prints. */
  async kubectl(args: readonly string[], input = ''): Promise<string> {
    if (this.ownName !== undefined) return run(CLUSTER, ['--name', this.ownName, 'kubectl', ...args], { input });
    return run(process.env['KUBECTL'] ?? 'kubectl', ['--kubeconfig', this.kubeconfig, ...args], { input });
  }

  /** Closes the connections and ends the cluster if it is ours. */
  async stop(): Promise<void> {
    await this.api.close();
    if (this.ownName !== undefined) await Cluster.remove(this.ownName);
  }
}

/** What the tests' own cluster is called; each of several processes of mocha has one of its own. */
export function clusterName(usualName: string): string {
  const name = process.env[CLUSTER_NAME] ?? usualName;
  const worker = process.env[MOCHA_WORKER];
  return worker === undefined ? name : `${name}-${Number(worker) + 1}`;
}

/** Runs a program whose progress the user sees on stderr; returns its stdout. */
async function run(
  program: string,
  args: readonly string[],
  { input = '', detached = false }: { input?: string; detached?: boolean } = {},
): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], timeout: START_DEADLINE_MS, detached });
  if (!detached) endsWithUs(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with exit code ${code}`);
  return output;
}
