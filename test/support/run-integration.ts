import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { CLUSTER_NAME } from './cluster.js';

/**
 * `npm run test:integration [-- FILE… or other arguments of mocha]`: the integration tests in several processes of
 * mocha at once, each with a control plane of its own, since most of the time of such tests is waiting. With arguments, or on a
 * given cluster (KUBECONFIG), it is one process.
 */
const FILES = 'build/test/integration/**/*.test.js';
const PROCESSES = 3;

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.length > 0) return mocha(args.some((arg) => arg.endsWith('.js')) ? args : [...args, FILES]);
  const shares = (process.env['KUBECONFIG'] ?? '') === '' ? shared(globSync(FILES), PROCESSES) : [[FILES]];
  const codes = await Promise.all(shares.map((files, index) => mocha(files, shares.length > 1 ? index + 1 : 0)));
  return codes.every((code) => code === 0) ? 0 : 1;
}

/** Divides the files so that each share has about as many tests. */
function shared(files: readonly string[], count: number): string[][] {
  const shares = Array.from({ length: count }, () => ({ tests: 0, files: [] as string[] }));
  const sized = files.map((file) => ({ file, tests: readFileSync(file, 'utf8').split(/\bit\(/).length - 1 }));
  for (const { file, tests } of sized.sort((one, other) => other.tests - one.tests)) {
    const smallest = shares.reduce((least, share) => (share.tests < least.tests ? share : least));
    smallest.tests += tests;
    smallest.files.push(file);
  }
  return shares.map((share) => share.files).filter((share) => share.length > 0);
}

/** One process; the output of one of several is shown in one piece when it has ended. */
async function mocha(args: readonly string[], share = 0): Promise<number> {
  const child = spawn('node_modules/.bin/mocha', ['--config', '.mocharc.integration.json', ...args], {
    stdio: ['ignore', share === 0 ? 'inherit' : 'pipe', share === 0 ? 'inherit' : 'pipe'],
    env: { ...process.env, [CLUSTER_NAME]: share === 0 ? 'integration' : `integration-${share}` },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  process.stdout.write(output);
  return code ?? 1;
}

process.exitCode = await main();
