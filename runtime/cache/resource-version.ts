/**
 * Whether version `a` of a resource is `b` or a later one. Versions of one resource are decimal numbers that grow;
 * anything else can only be compared for equality.
 */
export function isAtLeast(a: string, b: string): boolean {
  if (a === b) return true;
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return false;
  return a.length === b.length ? a > b : a.length > b.length;
}

const DECIMAL = /^[1-9][0-9]*$/;
