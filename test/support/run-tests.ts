import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from './cluster.js';
import { TOTALS_FOLDER, type Totals } from './totals-reporter.js';

/**
 * `npm test`: lint, format, unit and integration tests, a sample of the fault battery and, where that is possible, the smoke on
 * a real node, all at once, since each of them waits now and then (the types have been checked by the compilation before).
 * Whatever failed is told once more at the end, where it is seen; the last line is the sum of all tests.
 */
const EXPLANATION =
  'the node smoke is left out here: it needs Linux and root who may make network and mount namespaces (a privileged container)';

interface Step {
  name: string;
  script: string;
  /** When what it says is shown, if not at once: in one piece at its end, or only if it has failed. */
  shown?: 'at its end' | 'if it failed';
}

const ANYWHERE: Step[] = [
  { name: 'lint', script: 'lint', shown: 'if it failed' },
  { name: 'format', script: 'format:check', shown: 'if it failed' },
  { name: 'unit tests', script: 'test:unit:run', shown: 'at its end' },
  { name: 'integration tests', script: 'test:integration:run' },
];
const CHAOS: Step = { name: 'sample of the fault battery', script: 'test:chaos:run', shown: 'at its end' };
const SMOKE: Step = { name: 'node smoke', script: 'test:smoke:run', shown: 'at its end' };

const folder = mkdtempSync(join(tmpdir(), 'porterops-tests-'));
const running = new Set<ChildProcess>();
/** The exit code when somebody has ended the tests; the steps clean up after themselves before. */
let interrupted: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = 128 + constants.signals[signal];
    for (const child of running) child.kill(signal);
  });
}

async function main(): Promise<number> {
  const hasNode = canRunNode();
  // On a given one the integration tests play all the Pods.
  const hasOwnCluster = !Cluster.isGiven();
  const failed = await atOnce([...ANYWHERE, ...(hasOwnCluster ? [CHAOS] : []), ...(hasNode ? [SMOKE] : [])]);
  if (!hasNode) say(EXPLANATION);
  const { passed, failures } = totals();
  for (const failure of failures) say(`failed: ${failure}`);
  if (failed.length > 0) say(`failed: ${failed.join(', ')}`);
  // A step can also fail without a test that does: lint, or a process that ended early.
  const broken = Math.max(failures.length, failed.length);
  process.stdout.write(`${passed} passed, ${broken} failed\n`);
  return interrupted ?? (broken === 0 ? 0 : 1);
}

/** Runs the steps in parallel; resolves to the names of those that failed. */
async function atOnce(steps: readonly Step[]): Promise<string[]> {
  const codes = await Promise.all(steps.map(run));
  return steps.filter((_step, index) => codes[index] !== 0).map(({ name }) => name);
}

async function run({ name, script, shown }: Step): Promise<number | null> {
  const begun = performance.now();
  const child = spawn('npm', ['run', '--silent', script], {
    stdio: ['ignore', ...(shown === undefined ? (['inherit', 'inherit'] as const) : (['pipe', 'pipe'] as const))],
    // Several clusters at once: one thread for each program of their control planes (hack/README.md).
    env: { ...process.env, [TOTALS_FOLDER]: folder, CLUSTER_THREADS: '1' },
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  running.delete(child);
  if (code !== 0 || shown === 'at its end') process.stdout.write(output);
  say(`${name}: ${code === 0 ? 'ok' : 'FAILED'} (${((performance.now() - begun) / 1000).toFixed(0)} s)`);
  return code;
}

function totals(): Totals {
  const parts = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Totals);
  return {
    passed: parts.reduce((sum, part) => sum + part.passed, 0),
    failures: parts.flatMap((part) => part.failures),
  };
}

/** Root of an unprivileged container is not enough, which only shows when one tries. */
function canRunNode(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return spawnSync('unshare', ['--net', '--mount', 'true'], { timeout: 10_000 }).status === 0;
}

function say(text: string): void {
  process.stdout.write(`== ${text}\n`);
}

try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
