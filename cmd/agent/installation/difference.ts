import type { Bundle } from '../../../integrations/porter/index.js';
import { isInternalParameter } from '../../../integrations/porter/index.js';

/** What the last run ran with, or what the next one would; parameters as text, by name. */
export interface RunFacts {
  readonly bundleDigest: string;
  readonly bundleReference: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly credentialSets: readonly string[];
}

/** Why a run is needed, in Porter's words, with facts that hold no values. */
export interface Difference {
  readonly because: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/**
 * Porter's in-sync test: bundle, resolved parameters and names of credential sets. It never looks at how the last run
 * ended. Undefined: nothing differs.
 */
export function differenceOf(last: RunFacts | undefined, next: RunFacts, bundle: Bundle): Difference | undefined {
  if (last === undefined) return { because: "Triggering because the last run for the installation wasn't recorded" };
  if (last.bundleDigest !== next.bundleDigest) {
    const facts = {
      oldReference: last.bundleReference,
      oldDigest: last.bundleDigest,
      newReference: next.bundleReference,
      newDigest: next.bundleDigest,
    };
    return { because: 'Triggering because the bundle definition has changed', facts };
  }
  const changed = changedParameters(last.parameters, next.parameters, bundle);
  if (changed.length > 0) {
    return { because: 'Triggering because the parameters have changed', facts: { changed } };
  }
  if (!sameNames(last.credentialSets, next.credentialSets)) {
    return { because: 'Triggering because the credential set names have changed' };
  }
  return undefined;
}

/** Names only: Porter prints the values here, secret ones too. */
function changedParameters(last: RunFacts['parameters'], next: RunFacts['parameters'], bundle: Bundle): string[] {
  const names = new Set([...last.keys(), ...next.keys()]);
  return [...names].filter((name) => !isInternalParameter(bundle, name) && last.get(name) !== next.get(name)).sort();
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().join('\n') === [...b].sort().join('\n');
}
