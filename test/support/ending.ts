import { constants } from 'node:os';
import { Cluster } from './cluster.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Lets this process take along what it owns when it is told to end (Ctrl-C, SIGTERM): first what `endChildren` ends, then
 * the clusters of these names, whose processes no signal reaches. A second signal changes nothing. The signal that is
 * returned is aborted when it has begun: what fails from then on is of no interest.
 *
 * npm hands signals to the shell of a script only: the scripts that end here `exec` their program.
 */
export function endWithClusters(names: readonly string[], endChildren: () => Promise<unknown>): AbortSignal {
  const ending = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (ending.signal.aborted) return;
      ending.abort();
      process.stderr.write(`${signal}: ending${names.map((name) => ` cluster ${name}`).join(',')}\n`);
      void end(names, endChildren).then(() => process.exit(128 + constants.signals[signal]));
    });
  }
  return ending.signal;
}

/**
 * Does a program's work; what it resolves to is the exit code. What fails once `ending` is aborted is not reported: the
 * process is about to end.
 */
export async function runToEnd(ending: AbortSignal, work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (ending.aborted) await new Promise(() => undefined);
    throw error;
  }
}

async function end(names: readonly string[], endChildren: () => Promise<unknown>): Promise<void> {
  await Promise.allSettled([endChildren()]);
  await Promise.allSettled(names.map((name) => Cluster.remove(name)));
}
