/** What the API server accepts as the data of one Secret, in bytes of all values. */
export const VALUES_LIMIT = 1_048_576;
/** Values of one name beyond which older ones go: the first may be the installation's own, the rest are those of runs. */
const KEPT_PER_NAME = 6;
/** Values that agents make begin with the id of an installation or run: ids in order of time, as many characters each. */
const MADE_BY_AGENT = /^[0-9A-HJKMNP-TV-Z]{26}-/;
const ID_LENGTH = 27;

/** Keys that must go from a Secret of values. */
export interface Dropped {
  /** Values of old runs that newer ones of the same name have long replaced. */
  readonly outdated: readonly string[];
  /** Values for which there is no room. */
  readonly tooMuch: readonly string[];
}

/**
 * Pure: which values have to go, so that of each name the first and the last few stay, and all of them together fit. Those
 * of the oldest runs go first; then what may be the installation's own, which is older than any run; and the last of a
 * name, which records refer to, only when nothing else is left.
 * @param sizes bytes of each value by its key
 */
export function droppedKeys(sizes: ReadonlyMap<string, number>): Dropped {
  const names = sameNamed([...sizes.keys()].filter((key) => MADE_BY_AGENT.test(key)));
  const outdated = names.flatMap((same) => same.slice(1, Math.max(1, same.length - KEPT_PER_NAME + 1)));
  const kept = names.map((same) => same.filter((key) => !outdated.includes(key)));
  const firsts = kept.flatMap((same) => same.slice(0, -1).slice(0, 1)).sort();
  const eldest = kept.flat().sort()[0]?.slice(0, ID_LENGTH) ?? '';
  const expendable = [
    ...kept.flat().filter((key) => (sizes.get(key) ?? 0) > VALUES_LIMIT),
    ...kept.flatMap((same) => same.slice(1, -1)).sort(),
    ...firsts.filter((key) => !key.startsWith(eldest)),
    ...firsts,
    ...kept.flatMap((same) => same.slice(-1)).sort(),
  ];
  let total = [...sizes].reduce((sum, [key, size]) => sum + (outdated.includes(key) ? 0 : size), 0);
  const tooMuch = [...new Set(expendable)].filter((key) => {
    if (total <= VALUES_LIMIT) return false;
    total -= sizes.get(key) ?? 0;
    return true;
  });
  return { outdated, tooMuch };
}

/** Keys that differ in their ids only, in order of time. */
function sameNamed(keys: readonly string[]): string[][] {
  const byName = new Map<string, string[]>();
  for (const key of [...keys].sort()) {
    const name = key.slice(ID_LENGTH);
    byName.set(name, [...(byName.get(name) ?? []), key]);
  }
  return [...byName.values()];
}
