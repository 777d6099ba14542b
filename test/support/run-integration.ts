import { spawn, type ChildProcess } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Cluster, CLUSTER_NAME, clusterName, nameOfWorker } from './cluster.js';
import { endWithClusters } from './ending.js';

/**
 * `npm run test:integration [-- FILE… or other arguments of mocha]`: the integration tests in several processes of
 * mocha at once, each with a control plane of its own, since most of the time of such tests is waiting. With arguments, or on a
 * given cluster (KUBECONFIG), it is one process. The environment variable TEST_CLUSTER_NAME names the control planes.
 */
const FILES = 'build/test/integration/**/*.test.js';
const PROCESSES = 4;
const END_PATIENCE_MS = 10_000;

let running: ChildProcess | undefined;

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const name = clusterName('integration');
  const files = args.some((arg) => arg.endsWith('.js')) ? [] : longestFirst(globSync(FILES));
  const alone = args.length > 0 || Cluster.isGiven();
  const workers = Array.from({ length: PROCESSES }, (_, index) => nameOfWorker(name, index));
  const clusters = alone ? [name] : workers;
  endWithClusters(Cluster.isGiven() ? [] : clusters, endMocha);
  const code = await mocha([...(alone ? [] : ['--parallel', '--jobs', `${PROCESSES}`]), ...args, ...files], name);
  // Mocha ends its workers without letting them end their worlds.
  if (!alone) await Promise.all(clusters.map((cluster) => Cluster.remove(cluster)));
  return code;
}

/** What takes long must not begin when all else has ended; how many tests a file has tells it well enough. */
function longestFirst(files: readonly string[]): string[] {
  const tests = (file: string) => readFileSync(file, 'utf8').split(/\bit\(/).length;
  return files
    .map((file) => ({ file, tests: tests(file) }))
    .sort((one, other) => other.tests - one.tests)
    .map(({ file }) => file);
}

async function mocha(args: readonly string[], cluster: string): Promise<number> {
  const child = spawn('node_modules/.bin/mocha', ['--config', '.mocharc.integration.json', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, [CLUSTER_NAME]: cluster },
    // A process group of its own can be ended as a whole, with all that it started.
    detached: true,
  });
  running = child;
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  running = undefined;
  return code ?? 1;
}

async function endMocha(): Promise<void> {
  const child = running;
  if (child === undefined) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  signalGroup(child, 'SIGTERM');
  await Promise.race([ended, delay(END_PATIENCE_MS)]);
  signalGroup(child, 'SIGKILL');
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

process.exitCode = await main();
