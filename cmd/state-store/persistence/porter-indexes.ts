import type { IndexDefinition } from './collection-index.js';

/**
 * The indexes of Porter's collections. Every Porter process asks for them when it starts; they are always there, so
 * that asking costs nothing. Uniqueness of the first three also follows from the names of their records.
 */
export const PORTER_INDEXES: ReadonlyMap<string, readonly IndexDefinition[]> = new Map([
  ['installations', [index({ namespace: 1, name: 1 }, true)]],
  ['credentials', [index({ namespace: 1, name: 1 }, true)]],
  ['parameters', [index({ namespace: 1, name: 1 }, true)]],
  ['runs', [index({ namespace: 1, installation: 1 })]],
  ['results', [index({ namespace: 1, installation: 1 }), index({ runId: 1 })]],
  [
    'outputs',
    [
      index({ namespace: 1, installation: 1, resultId: -1 }),
      index({ resultId: 1, name: 1 }, true),
      index({ namespace: 1, installation: 1, name: 1, resultId: -1 }),
    ],
  ],
]);

function index(key: Record<string, number>, unique = false): IndexDefinition {
  return { name: defaultName(key), key, unique };
}

/** The name that MongoDB gives to an index without one, such as `namespace_1_name_-1`. */
export function defaultName(key: Readonly<Record<string, number>>): string {
  return Object.entries(key)
    .map(([field, direction]) => `${field}_${direction}`)
    .join('_');
}
