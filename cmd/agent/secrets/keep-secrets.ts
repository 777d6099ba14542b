import { Client, loadKubeConfig, openTransport } from '../../../runtime/client/index.js';
import type { AgentLog } from '../agent-log.js';
import type { SecretsOptions } from '../options.js';
import { SecretKeeper, noRoom } from './keep.js';
import { KeptValues } from './kept-values.js';
import { mountedSecrets } from './mounted-secrets.js';
import { SecretFiles } from './secret-files.js';

/** `secrets keep`: until the agent beside it has ended. Resolves to what the container should leave as its last words. */
export async function keepSecrets(
  options: SecretsOptions,
  ended: AbortSignal,
  log: AgentLog,
): Promise<string | undefined> {
  const { valuesSecret } = options;
  if (valuesSecret === undefined)
    throw new Error('PORTEROPS_VALUES_SECRET is not set: there is nowhere to keep values');
  const transport = openTransport(() => loadKubeConfig());
  try {
    const kept = new KeptValues(new Client(transport), { ...options, valuesSecret });
    const files = new SecretFiles(options.porterHome);
    const dropped = await new SecretKeeper({ files, kept, log }, await mountedSecrets(options)).run(ended);
    return dropped.length === 0 ? undefined : noRoom(dropped);
  } finally {
    await transport.close();
  }
}
