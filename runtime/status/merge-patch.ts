import { isDeepStrictEqual } from 'node:util';

type Fields = Record<string, unknown>;

/**
 * The JSON merge patch (RFC 7386) that turns `before` into `after`, or `undefined` when they are equal. A field that
 * `after` lacks, or has as undefined, becomes null; arrays are replaced as a whole.
 */
export function mergePatch(before: unknown, after: unknown): unknown {
  if (!isFields(before) || !isFields(after)) return equal(before, after) ? undefined : (after ?? null);
  const patch: [string, unknown][] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const difference = mergePatch(own(before, name), own(after, name));
    if (difference !== undefined) patch.push([name, difference]);
  }
  return patch.length === 0 ? undefined : Object.fromEntries(patch);
}

/** A field may have the name of something that every object inherits. */
function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function equal(before: unknown, after: unknown): boolean {
  return isDeepStrictEqual(before ?? null, after ?? null);
}
