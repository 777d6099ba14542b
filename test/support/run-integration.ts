import { spawn, type ChildProcess } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Cluster, CLUSTER_NAME, clusterName } from './cluster.js';
import { endWithClusters, runToEnd } from './ending.js';

/**
 * `npm run test:integration [-- FILE… or other arguments of mocha]`: the integration tests in several processes of
 * mocha at once, each with a control plane of its own, since most of the time of such tests is waiting. With arguments, or on a
 * given cluster (KUBECONFIG), it is one process. The environment variable TEST_CLUSTER_NAME names the control planes.
 */
const FILES = 'build/test/integration/**/*.test.js';
const PROCESSES = 4;
const END_PATIENCE_MS = 10_000;

const name = clusterName('integration');
/** For whatever is written meanwhile: mocha gives its workers no time to tidy up. */
const folder = mkdtempSync(join(tmpdir(), 'porterops-integration-'));
let running: ChildProcess | undefined;

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const files = args.some((arg) => arg.endsWith('.js')) ? [] : longestFirst(globSync(FILES));
  const isAlone = args.length > 0 || Cluster.isGiven();
  const code = await mocha([...(isAlone ? [] : ['--parallel', '--jobs', `${PROCESSES}`]), ...args, ...files]);
  await tidyUp();
  return code;
}

/** Ends what mocha's workers, which are not asked, have left: their worlds, and those of workers that have crashed. */
async function tidyUp(): Promise<void> {
  if (!Cluster.isGiven()) await Cluster.removeAll(name);
  rmSync(folder, { recursive: true, force: true });
}

/** What takes long must not begin when all else has ended; how many tests a file has tells it well enough. */
function longestFirst(files: readonly string[]): string[] {
  const tests = (file: string) => readFileSync(file, 'utf8').split(/\bit\(/).length;
  return files
    .map((file) => ({ file, tests: tests(file) }))
    .sort((one, other) => other.tests - one.tests)
    .map(({ file }) => file);
}

async function mocha(args: readonly string[]): Promise<number> {
  const child = spawn('node_modules/.bin/mocha', ['--config', '.mocharc.integration.json', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, [CLUSTER_NAME]: name, TMPDIR: folder },
    // A process group of its own can be ended as a whole, with all that it started.
    detached: true,
  });
  running = child;
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  running = undefined;
  signalGroup(child, 'SIGKILL');
  return code ?? 1;
}

async function endMocha(): Promise<void> {
  const child = running;
  if (child === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  signalGroup(child, 'SIGTERM');
  await Promise.race([ended, delay(END_PATIENCE_MS)]);
  signalGroup(child, 'SIGKILL');
  await tidyUp();
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

await runToEnd(endWithClusters([], endMocha), main);
