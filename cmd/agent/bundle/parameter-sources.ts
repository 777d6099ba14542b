import type { Bundle } from '../../../integrations/porter/index.js';
import { entryOf, isFile } from '../../../integrations/porter/index.js';
import type { OutputRecord } from '../../../integrations/porter/state/index.js';
import type { SecretFiles } from '../secrets/secret-files.js';

const EXTENSION = 'io.cnab.parameter-sources';

interface ParameterSource {
  sources?: { output?: { name?: string } };
}

/** Parameters by name that take their value from an output of an earlier run. */
export interface OutputParameters {
  readonly values: ReadonlyMap<string, string>;
  /** Those whose output was recorded, but whose value is gone. */
  readonly lost: ReadonlyMap<string, OutputRecord>;
}

/**
 * Parameters that take their value from an output of an earlier run, such as Porter's own state. An output that was
 * never given leaves the parameter to its other sources.
 */
export async function parametersFromOutputs(
  bundle: Bundle,
  outputs: readonly OutputRecord[],
  secrets: SecretFiles,
): Promise<OutputParameters> {
  const declared = (bundle.custom?.[EXTENSION] ?? {}) as Record<string, ParameterSource>;
  const values = new Map<string, string>();
  const lost = new Map<string, OutputRecord>();
  for (const [name, { sources }] of Object.entries(declared)) {
    const output = outputs.find((record) => record.name === sources?.output?.name);
    if (output === undefined) continue;
    const value = await valueOf(output, secrets);
    if (value === undefined) lost.set(name, output);
    else values.set(name, isFileParameter(bundle, name) ? value.toString('base64') : value.toString());
  }
  return { values, lost };
}

function isFileParameter(bundle: Bundle, name: string): boolean {
  const definition = entryOf(bundle.definitions, entryOf(bundle.parameters, name)?.definition ?? '');
  return definition !== undefined && isFile(bundle, definition);
}

function valueOf(output: OutputRecord, secrets: SecretFiles): Promise<Buffer | undefined> {
  if (output.key !== '') return secrets.readBytes(output.key);
  return Promise.resolve(output.value === null ? undefined : Buffer.from(output.value, 'base64'));
}
