import { UPSTREAM_REASONS } from '../../../api/porter/v1/conditions.js';
import type { PorterResourceStatus } from '../../../api/porter/v1/porter-resource-status.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import type { Acted } from '../../../runtime/reconciler/index.js';
import type { Condition } from '../../../runtime/status/index.js';
import { kstatusConditions, mergeConditions, timestamp } from '../../../runtime/status/index.js';
import type { RunState } from '../../agent-run/run.js';
import type { WantedRun } from '../../agent-run/wanted-run.js';
import type { EndedRun } from '../lifecycle/run-view.js';
import type { SetSnapshot } from './snapshot.js';

type Status = DeepReadonly<PorterResourceStatus>;

/** Condition that is False while a Secret that the set refers to is missing; absent when none is. */
export const SECRETS_AVAILABLE = 'SecretsAvailable';

/** What an action found out for the status; fields that it does not name stay as they were. */
export interface SetObserved {
  readonly changes?: Status;
  /** Upstream's conditions; without it the present ones stay. */
  readonly upstream?: readonly Condition[];
  /** Secrets, or keys of them, that are missing; without it the present answer stays. */
  readonly missingSecrets?: readonly string[];
  /** The object was let go: nothing may be written any more. */
  readonly isGone?: boolean;
}

/** Pure: the whole status of a set after an action. */
export function describeSet(snapshot: SetSnapshot, acted: Acted<SetObserved>): PorterResourceStatus | undefined {
  if (acted.observed.isGone === true) return undefined;
  const { status, metadata } = snapshot.object;
  const next = { ...status, ...acted.observed.changes, observedGeneration: metadata.generation };
  return { ...next, conditions: conditionsOf(snapshot, acted) };
}

/** A run was asked for, or is on its way. */
export function openChanges(run: RunState & { action: string }, { attempt, retry }: WantedRun): Status {
  return { action: { name: run.action }, phase: run.phase === 'Running' ? 'Running' : 'Pending', attempt, retry };
}

/** A run has ended. */
export function endedChanges(
  { object, run: wantedState, wanted }: SetSnapshot,
  ended: { run: EndedRun; generation: number; attempt: number },
): Status {
  const { run, generation, attempt } = ended;
  return {
    action: { name: run.action },
    phase: run.phase === 'NoOp' ? 'Succeeded' : run.phase,
    attempt,
    ...(run === wantedState ? { retry: wanted.retry } : {}),
    completed: { generation, attempt, result: run.phase },
    agent: run.run.agent ?? object.status?.agent,
    lastError: run.phase === 'Failed' || run.phase === 'Unknown' ? run.message : undefined,
  };
}

/** The sentence of {@link SECRETS_AVAILABLE}. */
export function missingSentence(missing: readonly string[]): string {
  const shown = missing.slice(0, 10).join('; ');
  const more = missing.length > 10 ? ` and ${missing.length - 10} more` : '';
  return `An installation that uses this set would lack ${shown}${more}: create it in this namespace.`;
}

function conditionsOf({ object, now }: SetSnapshot, { outcome, observed }: Acted<SetObserved>): Condition[] {
  const { generation } = object.metadata;
  const previous = object.status?.conditions;
  const { namespace, name } = object.spec;
  const where = namespace === '' ? 'its global namespace' : `its namespace "${namespace}"`;
  const applied = { reason: 'Applied', message: `Porter has "${name}" in ${where} as declared.` };
  const upstream = observed.upstream ?? previous?.filter(({ type }) => type in UPSTREAM_REASONS) ?? [];
  const own = ownConditions(object, observed).map((condition) => ({
    ...condition,
    lastTransitionTime: timestamp(now),
    observedGeneration: generation,
  }));
  const kept = previous?.filter(({ type }) => own.some((condition) => condition.type === type));
  const isDeleting = object.metadata.deletionTimestamp !== undefined;
  const next = isDeleting
    ? { reason: 'Deleting', message: `Porter does not have "${name}" any more, and the resource is let go.` }
    : { reason: 'Applying', message: 'An earlier run has ended; the one that is wanted now follows.' };
  const ready = outcome.kind === 'done' ? applied : outcome.kind === 'progress' ? next : undefined;
  return [
    ...kstatusConditions({ outcome, generation, now, previous, ready }),
    ...upstream.map((condition) => ({ ...condition })),
    ...mergeConditions(kept, own),
  ];
}

type Told = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

function ownConditions({ spec, status }: SetSnapshot['object'], { missingSecrets }: SetObserved): Told[] {
  const suspended: Told = {
    ...{ type: 'Suspended', status: 'True', reason: 'Suspended' },
    message: 'spec.suspend is true: no run is started until it is false; one that runs goes on.',
  };
  const before = status?.conditions?.filter(({ type }) => type === SECRETS_AVAILABLE) ?? [];
  return [
    ...(spec.suspend === true ? [suspended] : []),
    ...(missingSecrets === undefined ? before.map((condition) => ({ ...condition })) : missing(missingSecrets)),
  ];
}

function missing(names: readonly string[]): Told[] {
  if (names.length === 0) return [];
  return [{ type: SECRETS_AVAILABLE, status: 'False', reason: 'SecretNotFound', message: missingSentence(names) }];
}
