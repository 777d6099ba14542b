import { spawn, type ChildProcess } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
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
const FILES = 'build/test/integration/**/*.test.js';
const PROCESSES = 3;
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

/** Divides the files so that each part has about as many tests. */
function divided(files: readonly string[], count: number): string[][] {
  const parts = Array.from({ length: count }, () => ({ tests: 0, files: [] as string[] }));
  const sized = files.map((file) => ({ file, tests: readFileSync(file, 'utf8').split(/\bit\(/).length - 1 }));
  for (const { file, tests } of sized.sort((one, other) => other.tests - one.tests)) {
    const smallest = parts.reduce((least, part) => (part.tests < least.tests ? part : least));
    smallest.tests += tests;
    smallest.files.push(file);
  }
  return parts.map((part) => part.files).filter((part) => part.length > 0);
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
