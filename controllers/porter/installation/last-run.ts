import { isSettled } from '../lifecycle/run-view.js';
import type { LostRun, RunState } from '../../agent-run/run.js';
import type { InstallationSnapshot, RecordView } from './snapshot.js';

/** How the newest run on record ended; `Missing`: no final result of it is recorded. */
export type LastEnd = 'None' | 'Missing' | 'Succeeded' | 'Failed';

/** Of all runs, the newest one counts: the installation's own status tells of the last one that was brought to its end. */
export function lastEndOf({ lastRun, lastResult }: RecordView & { kind: 'Read' }): LastEnd {
  if (lastRun === undefined) return 'None';
  if (lastResult === 'succeeded') return 'Succeeded';
  return lastResult === 'failed' || lastResult === 'canceled' ? 'Failed' : 'Missing';
}

/**
 * What is known of the wanted run when its AgentAction, `name`, has vanished before its end was in status; undefined if
 * it was never asked for.
 */
export function lostRunOf(
  { object, wanted }: Pick<InstallationSnapshot, 'object' | 'wanted'>,
  run: RunState,
  name: string,
): LostRun | undefined {
  const { action, completed, requested } = object.status ?? {};
  if (run.phase !== 'Absent' || action?.name !== name || isSettled(completed, wanted)) return undefined;
  if (requested?.action !== name) return { startedAt: object.metadata.creationTimestamp };
  const { at: startedAt, lastRunId } = requested;
  return { startedAt, ...(lastRunId !== undefined && { lastRunId }) };
}
