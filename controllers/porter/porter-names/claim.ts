import type { DeepReadonly, KubernetesJson, Stored } from '../../../runtime/client/index.js';

/** An object that claims something in Porter by its name there. */
export type Claimant = DeepReadonly<Stored<KubernetesJson>> & {
  readonly status?: { readonly action?: unknown; readonly completed?: unknown };
};

/**
 * Orders those that claim the same thing; the first keeps it. Creation times have whole seconds: within one, who has
 * run already goes before who has not, so that nobody loses what it has to a newcomer with a smaller uid.
 */
export function byClaim(a: Claimant, b: Claimant): number {
  return rankOf(a) < rankOf(b) ? -1 : 1;
}

function rankOf({ metadata, status }: Claimant): string {
  const hasRun = status?.action !== undefined || status?.completed !== undefined;
  return `${metadata.creationTimestamp}/${hasRun ? 0 : 1}/${metadata.uid}`;
}
