import { Client, loadKubeConfig, openTransport } from '../../../runtime/client/index.js';
import type { AgentLog } from '../agent-log.js';
import type { SecretsOptions } from '../options.js';
import { SecretKeeper } from './keep.js';
import { KeptValues } from './kept-values.js';
import { mountedSecrets } from './mounted-secrets.js';
import { SecretFiles } from './secret-files.js';

/** `secrets keep`: until the agent beside it has ended. */
export async function keepSecrets(options: SecretsOptions, ended: AbortSignal, log: AgentLog): Promise<void> {
  const { valuesSecret } = options;
  if (valuesSecret === undefined)
    throw new Error('PORTEROPS_VALUES_SECRET is not set: there is nowhere to keep values');
  const transport = openTransport(() => loadKubeConfig());
  try {
    const kept = new KeptValues(new Client(transport), { ...options, valuesSecret });
    const files = new SecretFiles(options.porterHome);
    await new SecretKeeper({ files, kept, log }, await mountedSecrets(options)).run(ended);
  } finally {
    await transport.close();
  }
}
