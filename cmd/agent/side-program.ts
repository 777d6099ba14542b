import { OUTPUTS_FOLDER } from '../../integrations/porter/index.js';
import type { AgentLog } from './agent-log.js';
import type { SideProgram } from './command-line.js';
import { secretsOptions } from './options.js';
import { SIDE_FOLDERS } from './run/bundle-job.js';
import { SEAL_KEY } from './run/inputs-secret.js';
import { layOutInputs, sealedOutputs } from './run/side-programs.js';
import { restoreSecrets } from './secrets/restore.js';

export interface SideSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the container is told to end. */
  readonly ended: AbortSignal;
  readonly log: AgentLog;
}

/**
 * Programs that run beside an agent (`secrets …`) or beside a bundle (`inputs`, `outputs`). Resolves to what the container
 * should leave as its last words, if anything.
 */
export async function runSideProgram(
  program: SideProgram,
  surroundings: SideSurroundings,
): Promise<string | undefined> {
  const { env, ended, log } = surroundings;
  switch (program) {
    case 'secrets restore':
      await restoreSecrets(secretsOptions(env), log);
      return undefined;
    case 'secrets keep': {
      // Kubernetes' client is large, and the programs beside a bundle have no use for it.
      const { keepSecrets } = await import('./secrets/keep-secrets.js');
      return keepSecrets(secretsOptions(env), ended, log);
    }
    case 'inputs':
      log.info('Laid out inputs', { files: await layOutInputs(SIDE_FOLDERS.packed, SIDE_FOLDERS.inputs) });
      return undefined;
    case 'outputs':
      await endOf(ended);
      for (const line of await sealedOutputs(OUTPUTS_FOLDER, `${SIDE_FOLDERS.seal}/${SEAL_KEY}`)) log.print(line);
      return undefined;
  }
}

/** A timer keeps the process alive meanwhile: a signal handler alone does not. */
function endOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => undefined, 60_000);
    const finish = () => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) finish();
    else signal.addEventListener('abort', finish, { once: true });
  });
}
