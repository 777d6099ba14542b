import type { AgentLog } from '../agent-log.js';
import type { SecretsOptions } from '../options.js';
import { mountedSecrets } from './mounted-secrets.js';
import { SecretFiles } from './secret-files.js';

/** Lays out secrets for an agent, as files where Porter looks for them. */
export async function restoreSecrets(options: SecretsOptions, log: AgentLog): Promise<void> {
  const files = new SecretFiles(options.porterHome);
  const values = await mountedSecrets(options);
  for (const [hint, value] of values) await files.write(hint, value);
  log.info('Restored secrets', { count: values.size });
}
