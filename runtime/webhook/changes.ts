import type { FieldPath, Finding } from '../schema/index.js';

/** What is found in an object now, and was in the one that it replaces. */
export interface Comparison {
  readonly object: object;
  readonly before: object;
  readonly foundBefore: readonly Finding[];
}

/**
 * Without what had been found before in a field that is still the same: nobody is told again of what he did not touch, and
 * an object that is wrong already can be changed in all other respects.
 */
export function newFindings(found: readonly Finding[], { object, before, foundBefore }: Comparison): Finding[] {
  return found.filter(({ path }) => {
    const wasFound = foundBefore.some((other) => isSame(other.path, path));
    return !wasFound || !isSame(valueAt(object, path), valueAt(before, path));
  });
}

function valueAt(object: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((value, step) => {
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    return isThere ? (value as Record<string | number, unknown>)[step] : undefined;
  }, object);
}

/** Whether two JSON values are equal, however deep: what others nest must not exhaust the stack. */
export function isSame(one: unknown, other: unknown): boolean {
  const pairs: [unknown, unknown][] = [[one, other]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [left, right] = pair;
    if (left === right) continue;
    if (!isStructure(left) || !isStructure(right) || Array.isArray(left) !== Array.isArray(right)) return false;
    const names = Object.keys(left);
    if (names.length !== Object.keys(right).length) return false;
    for (const name of names) {
      if (!Object.hasOwn(right, name)) return false;
      pairs.push([left[name], right[name]]);
    }
  }
  return true;
}

function isStructure(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
