import type { Bundle } from '../../../integrations/porter/index.js';
import { isSensitiveParameter, parameterText } from '../../../integrations/porter/index.js';
import type { SourceMapping } from '../../../integrations/porter/state/index.js';
import type { SecretFiles } from '../secrets/secret-files.js';

/** Puts sensitive values where Porter keeps them, so that records hold but their keys: `<owner id>-<name>`. */
export async function sanitizedValues(
  secrets: SecretFiles,
  owner: { readonly id: string; readonly bundle: Bundle },
  values: Iterable<readonly [string, unknown]>,
): Promise<SourceMapping[]> {
  const mappings: SourceMapping[] = [];
  for (const [name, value] of values) {
    const text = parameterText(value);
    if (isSensitiveParameter(owner.bundle, name)) {
      const key = sensitiveKey(owner.id, name);
      await secrets.write(key, text);
      mappings.push({ name, source: { secret: key } });
    } else mappings.push({ name, source: { value: text } });
  }
  return mappings.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The hint under which the value of a sensitive parameter or output is kept. */
export function sensitiveKey(ownerId: string, name: string): string {
  return `${ownerId}-${name}`;
}
