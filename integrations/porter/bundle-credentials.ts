import type { Bundle, Destination } from './bundle.js';
import { appliesTo, entryOf } from './bundle.js';
import { ValueError } from './bundle-parameters.js';
import type { SourcedValue } from './documents.js';

/**
 * The entries of several credential sets that a bundle's action takes, later sets over earlier ones. Names that the bundle
 * does not know are left out: one set may serve many bundles.
 * @throws {@link ValueError} naming every credential that the action requires and no set has
 */
export function composeCredentials(
  bundle: Bundle,
  action: string,
  sets: readonly (readonly SourcedValue[])[],
): readonly SourcedValue[] {
  const given = new Map(sets.flat().map((entry) => [entry.name, entry]));
  const taken = Object.entries(bundle.credentials ?? {}).filter(([, credential]) => appliesTo(credential, action));
  const missing = taken.filter(([name, { required }]) => required === true && !given.has(name)).map(([name]) => name);
  if (missing.length > 0) {
    const names = missing.map((name) => JSON.stringify(name)).join(', ');
    throw new ValueError(`missing required credential ${names}: no credential set of this installation has it`);
  }
  return taken.flatMap(([name]) => given.get(name) ?? []);
}

/** Where a credential goes inside the bundle's container. */
export function credentialDestination(bundle: Bundle, name: string): Destination {
  return entryOf(bundle.credentials, name) ?? {};
}
