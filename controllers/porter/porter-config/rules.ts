import type { PorterConfigSpec } from '../../../api/porter/v1/porter-config.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';

type Spec = DeepReadonly<PorterConfigSpec>;

/** What the schema cannot see: a default that names no entry; the message names the field. */
export function porterConfigProblem(spec: Spec): string | undefined {
  return danglingDefault(spec, 'storage') ?? danglingDefault(spec, 'secrets');
}

/** An entry may also be in a wider PorterConfig, but only when this one has no list of its own. */
function danglingDefault(spec: Spec, field: 'storage' | 'secrets'): string | undefined {
  const [chosen, entries] = [spec[`default-${field}`], spec[field]];
  if (!chosen || entries === undefined || entries.some(({ name }) => name === chosen)) return undefined;
  const names = entries.map(({ name }) => name).join(', ') || 'empty';
  return `spec.default-${field} names ${chosen}, but spec.${field} is ${names}: add an entry ${chosen} or name another one`;
}
