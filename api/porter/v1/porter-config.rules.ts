import type { DeepReadonly, Finding } from '../../../runtime/schema/index.js';
import type { PorterConfig, PorterConfigSpec } from './porter-config.js';
import { WELL_KNOWN_NAMES } from './well-known.js';

type Spec = DeepReadonly<PorterConfigSpec>;

/** A default that names no entry. */
export function porterConfigProblems(spec: Spec): Finding[] {
  return [...danglingDefault(spec, 'storage'), ...danglingDefault(spec, 'secrets')];
}

/** What a PorterConfig says in vain. */
export function porterConfigWarnings({ metadata }: DeepReadonly<PorterConfig>): Finding[] {
  if (metadata.name === WELL_KNOWN_NAMES.defaultConfig) return [];
  const text = `is not ${WELL_KNOWN_NAMES.defaultConfig}: under any other name a PorterConfig is kept and not used`;
  return [{ path: ['metadata', 'name'], text }];
}

/** An entry may also be in a wider PorterConfig, but only when this one has no list of its own. */
function danglingDefault(spec: Spec, field: 'storage' | 'secrets'): Finding[] {
  const [chosen, entries] = [spec[`default-${field}`], spec[field]];
  if (!chosen || entries === undefined || entries.some(({ name }) => name === chosen)) return [];
  const names = entries.map(({ name }) => name).join(', ') || 'empty';
  const text = `names ${chosen}, but spec.${field} is ${names}: add an entry ${chosen} or name another one`;
  return [{ path: ['spec', `default-${field}`], text }];
}
