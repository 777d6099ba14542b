import type { Bundle } from '../../../integrations/porter/index.js';
import { entryOf, isFile } from '../../../integrations/porter/index.js';
import type { OutputRecord } from '../../../integrations/porter/state/index.js';
import type { SecretFiles } from '../secrets/secret-files.js';

const EXTENSION = 'io.cnab.parameter-sources';

interface ParameterSource {
  sources?: { output?: { name?: string } };
}

/**
 * Parameters that take their value from an output of an earlier run, such as Porter's own state. An output that is not
 * there leaves the parameter to its other sources.
 */
export async function parametersFromOutputs(
  bundle: Bundle,
  outputs: readonly OutputRecord[],
  secrets: SecretFiles,
): Promise<Map<string, string>> {
  const declared = (bundle.custom?.[EXTENSION] ?? {}) as Record<string, ParameterSource>;
  const values = new Map<string, string>();
  for (const [name, { sources }] of Object.entries(declared)) {
    const output = outputs.find((record) => record.name === sources?.output?.name);
    const value = output && (await valueOf(output, secrets));
    if (value !== undefined) values.set(name, isFileParameter(bundle, name) ? value.toString('base64') : value.toString());
  }
  return values;
}

function isFileParameter(bundle: Bundle, name: string): boolean {
  const definition = entryOf(bundle.definitions, entryOf(bundle.parameters, name)?.definition ?? '');
  return definition !== undefined && isFile(bundle, definition);
}

function valueOf(output: OutputRecord, secrets: SecretFiles): Promise<Buffer | undefined> {
  if (output.key !== '') return secrets.readBytes(output.key);
  return Promise.resolve(output.value === null ? undefined : Buffer.from(output.value, 'base64'));
}
