import { spawn, type ChildProcess } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Cluster, CLUSTER_NAME, clusterName } from './cluster.js';
import { endWithClusters } from './ending.js';

/**
 * `npm run test:integration [-- FILE… or other arguments of mocha]`: the integration tests in several processes of
 * mocha at once, each with a control plane of its own, since most of the time of such tests is waiting. With arguments, or on a
 * given cluster (KUBECONFIG), it is one process. The environment variable TEST_CLUSTER_NAME names the control planes.
 */
const FOLDER = 'build/test/integration';
const FILES = `${FOLDER}/**/*.test.js`;
const PROCESSES = 3;
/** Seconds that files once took which take longer than others with as many tests; a number that is wrong only costs time. */
const LONG: Readonly<Record<string, number>> = {
  'admission.test.js': 180,
  'bad-input.test.js': 150,
  'crowded-outage.test.js': 30,
  'guard-resources.test.js': 60,
  'installation/adoption.test.js': 40,
  'installation/deletion.test.js': 70,
  'installation/failure.test.js': 45,
  'installation/interruption.test.js': 150,
  'installation/obstacles.test.js': 85,
  'metrics.test.js': 50,
  'namespace-deletion.test.js': 105,
  'set-retries.test.js': 30,
  'state-store-outage.test.js': 45,
  'state-store/state-store.test.js': 65,
  'two-replicas.test.js': 35,
  'volumes.test.js': 20,
};
const SECONDS_PER_TEST = 2;
const END_PATIENCE_MS = 10_000;

/** One process of mocha. */
interface Share {
  readonly args: readonly string[];
  readonly cluster: string;
  /** Its number when there are others beside it. */
  readonly number?: number;
}

const running = new Set<ChildProcess>();

async function main(): Promise<number> {
  const all = shares();
  endWithClusters(Cluster.isGiven() ? [] : all.map(({ cluster }) => cluster), endMochas);
  const codes = await Promise.all(all.map(mocha));
  return codes.every((code) => code === 0) ? 0 : 1;
}

function shares(): Share[] {
  const args = process.argv.slice(2);
  const name = clusterName('integration');
  if (args.length > 0)
    return [{ args: args.some((arg) => arg.endsWith('.js')) ? args : [...args, FILES], cluster: name }];
  if (Cluster.isGiven()) return [{ args: [FILES], cluster: name }];
  return divided(globSync(FILES), PROCESSES).map((files, index) => ({
    args: files,
    cluster: `${name}-${index + 1}`,
    number: index + 1,
  }));
}

/** Divides the files so that each part takes about as long. */
function divided(files: readonly string[], count: number): string[][] {
  const parts = Array.from({ length: count }, () => ({ seconds: 0, files: [] as string[] }));
  const sized = files.map((file) => ({ file, seconds: secondsOf(file) }));
  for (const { file, seconds } of sized.sort((one, other) => other.seconds - one.seconds)) {
    const shortest = parts.reduce((least, part) => (part.seconds < least.seconds ? part : least));
    shortest.seconds += seconds;
    shortest.files.push(file);
  }
  return parts.map((part) => part.files).filter((part) => part.length > 0);
}

function secondsOf(file: string): number {
  const tests = readFileSync(file, 'utf8').split(/\bit\(/).length - 1;
  return LONG[relative(FOLDER, file)] ?? SECONDS_PER_TEST * tests;
}

/**
 * Runs one share. Of several, each shows its report in one piece when it has ended; what it says meanwhile (progress, the
 * story of a test that has failed) is shown at once.
 */
async function mocha({ args, cluster, number }: Share): Promise<number> {
  const child = spawn('node_modules/.bin/mocha', ['--config', '.mocharc.integration.json', ...args], {
    stdio: ['ignore', number === undefined ? 'inherit' : 'pipe', number === undefined ? 'inherit' : 'pipe'],
    env: { ...process.env, [CLUSTER_NAME]: cluster },
    // A process group of its own can be ended as a whole, with all that it started.
    detached: true,
  });
  running.add(child);
  if (child.stderr !== null) showAtOnce(child.stderr, `[${number}] `);
  let report = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (report += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  running.delete(child);
  process.stdout.write(report);
  return code ?? 1;
}

function showAtOnce(stream: Readable, prefix: string): void {
  createInterface(stream).on('line', (line) => process.stderr.write(line === '' ? '\n' : `${prefix}${line}\n`));
}

async function endMochas(): Promise<void> {
  const ended = [...running].map((child) => new Promise((resolve) => child.once('close', resolve)));
  signalGroups('SIGTERM');
  await Promise.race([Promise.all(ended), delay(END_PATIENCE_MS)]);
  signalGroups('SIGKILL');
}

function signalGroups(signal: NodeJS.Signals): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

process.exitCode = await main();
