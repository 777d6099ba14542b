import type { PorterResourceStatus } from '../../../api/porter/v1/porter-resource-status.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, KubernetesJson, Stored } from '../../../runtime/client/index.js';
import { actionsFor } from '../../agent-run/by-parent.js';

/** An object that claims something in Porter by its name there. */
export type Claimant = DeepReadonly<Stored<KubernetesJson & { status?: PorterResourceStatus }>>;

/**
 * Who keeps what all of these claim. Whoever has run goes before those who have not, so that nobody loses what it has to
 * a newcomer, or to an old object that comes to claim it; among equals it is the oldest. Creation times have whole
 * seconds: within one, the uid decides.
 */
export function keeperOf<T extends Claimant>(claimants: readonly T[], reader: Pick<Reader, 'byIndex'>): T | undefined {
  const ranked = claimants.map((claimant) => ({ claimant, rank: rankOf(claimant, reader) }));
  return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))[0]?.claimant;
}

function rankOf(claimant: Claimant, reader: Pick<Reader, 'byIndex'>): string {
  const { creationTimestamp, uid } = claimant.metadata;
  return `${hasRun(claimant, reader) ? 0 : 1}/${creationTimestamp}/${uid}`;
}

/** An AgentAction tells so before status does. */
function hasRun(claimant: Claimant, reader: Pick<Reader, 'byIndex'>): boolean {
  const { attempt, action, completed } = claimant.status ?? {};
  const isTold = [attempt, action, completed].some((trace) => trace !== undefined);
  return isTold || actionsFor(reader, claimant).length > 0;
}
