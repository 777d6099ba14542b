import type { DeepReadonly } from '../../../runtime/client/index.js';

/**
 * One object out of several, lowest first: each field is that of the highest layer that has it, as a whole. An empty
 * string is "not set", as upstream's clients write it; an empty list or map, false and 0 are set.
 */
export function layered<T extends object>(layers: readonly (DeepReadonly<T> | undefined)[]): DeepReadonly<Partial<T>> {
  const fields = layers.flatMap((layer) => Object.entries(layer ?? {}).filter(([, value]) => isSet(value)));
  return Object.fromEntries(fields) as DeepReadonly<Partial<T>>;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
