import type { Installation, InstallationRun, InstallationStatus } from '../../../api/porter/v1/installation.js';
import { UPSTREAM_REASONS } from '../../../api/porter/v1/conditions.js';
import { isInstalled, type InstallationRecord } from '../../../integrations/porter/state/index.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import type { Acted } from '../../../runtime/reconciler/index.js';
import type { Condition, Explanation } from '../../../runtime/status/index.js';
import { kstatusConditions, mergeConditions, timestamp } from '../../../runtime/status/index.js';
import type { RunState } from '../../agent-run/run.js';
import type { WantedRun } from '../../agent-run/wanted-run.js';
import type { EndedRun } from '../lifecycle/run-view.js';
import type { InstallationSnapshot } from './snapshot.js';
import { OUTPUTS_SHOWN, PARAMETERS_ACCEPTED } from './warnings.js';

type Status = DeepReadonly<InstallationStatus>;

/** What an action found out for the status; fields that it does not name stay as they were. */
export interface InstallationObserved {
  readonly changes?: Status;
  /** Upstream's conditions; without it the present ones stay. */
  readonly upstream?: readonly Condition[];
  /** What is doubtful about the parameters; without it the present answer stays, null: nothing any more. */
  readonly parameters?: Explanation | null;
  /** Why outputs are not shown; without it the present answer stays, null: they are. */
  readonly outputs?: Explanation | null;
  /** The object was let go: nothing may be written any more. */
  readonly isGone?: boolean;
}

/** Pure: the whole status of an Installation after an action. */
export function describeInstallation(
  snapshot: InstallationSnapshot,
  acted: Acted<InstallationObserved>,
): InstallationStatus | undefined {
  if (acted.observed.isGone === true) return undefined;
  const { object } = snapshot;
  const { generation } = object.metadata;
  const status = { ...object.status, ...acted.observed.changes, observedGeneration: generation };
  return { ...status, conditions: conditionsOf(snapshot, acted, status) };
}

/** A run was asked for, or is on its way. */
export function openChanges(run: RunState & { action: string }, wanted: WantedRun): Status {
  const phase = run.phase === 'Running' ? 'Running' : 'Pending';
  return { action: { name: run.action }, phase, attempt: wanted.attempt, retry: wanted.retry };
}

/** The run has just been asked for; one that was lost is still judged by what was known the first time. */
export function requestedChanges({ now, object, lost, record }: InstallationSnapshot, action: string): Status {
  if (lost !== undefined) return { requested: object.status?.requested };
  const lastRunId = record.kind === 'Read' ? (record.lastRun?._id ?? '') : undefined;
  return { requested: { action, at: timestamp(now), ...(lastRunId !== undefined && { lastRunId }) } };
}

/** A crash right after the request leaves status without it: then the AgentAction tells. */
export function recoveredRequest({ object, launched }: InstallationSnapshot, action: string): Status {
  if (launched === undefined || object.status?.requested?.action === action) return {};
  const { startedAt: at, lastRunId } = launched;
  return { requested: { action, at, ...(lastRunId !== undefined && { lastRunId }) } };
}

/** A run has ended; `record` is what Porter has of the installation since, if it can be read. */
export function endedChanges(
  snapshot: InstallationSnapshot,
  ended: { run: EndedRun; generation: number; attempt: number },
  record: InstallationRecord | undefined,
): Status {
  const { run, generation, attempt } = ended;
  const isWanted = run === snapshot.run;
  const before = snapshot.object.status ?? {};
  return {
    action: { name: run.action },
    phase: phaseOf(run),
    attempt,
    ...(isWanted ? { retry: snapshot.wanted.retry } : {}),
    completed: { generation, attempt, result: run.phase },
    agent: run.run.agent ?? before.agent,
    lastError: run.phase === 'Failed' || run.phase === 'Unknown' ? run.message : undefined,
    ...(record === undefined ? withoutRecord(snapshot, run) : recordChanges(record)),
    run: runOf(run, record, before.run),
    requested: undefined,
  };
}

/** What Porter's record says about the installation. */
export function recordChanges({ status }: InstallationRecord): Status {
  const { bundleReference: reference, bundleVersion: version, bundleDigest: digest } = status;
  return {
    ...(status.action === '' ? {} : { lastAction: status.action }),
    ...(reference === '' ? {} : { bundle: { reference, version, digest } }),
    installed: status.installed ?? undefined,
    uninstalled: status.uninstalled ?? undefined,
  };
}

/** A finished run was found on record, and nothing needs to be run. */
export function adoptedChanges(wanted: WantedRun, record: InstallationRecord): Status {
  const { runId, resultStatus } = record.status;
  return {
    ...settledChanges(wanted, 'Succeeded'),
    ...recordChanges(record),
    run: { id: runId, result: resultStatus },
  };
}

/** The wanted run is over without having been needed. */
export function settledChanges(wanted: WantedRun, result: 'Succeeded' | 'NoOp'): Status {
  return { ...completedChanges(wanted, result), phase: 'Succeeded', lastError: undefined };
}

/** The wanted run cannot be made before somebody has looked. */
export function unfinishedChanges(wanted: WantedRun, lastError: string): Status {
  return { ...completedChanges(wanted, 'Unknown'), phase: 'Unknown', lastError };
}

function completedChanges({ generation, attempt, retry }: WantedRun, result: 'Succeeded' | 'NoOp' | 'Unknown'): Status {
  return { attempt, retry, completed: { generation, attempt, result }, requested: undefined };
}

/** What the bundle is being subjected to, for the reason of Ready while a run is on its way. */
export function verbOf(object: DeepReadonly<Installation>): 'Installing' | 'Upgrading' | 'Uninstalling' {
  if (object.metadata.deletionTimestamp !== undefined || object.spec.uninstalled === true) return 'Uninstalling';
  return isInstalled(object.status) ? 'Upgrading' : 'Installing';
}

/** Without a record, a run's success is all that is known of the bundle. */
function withoutRecord({ object, now }: InstallationSnapshot, run: EndedRun): Status {
  if (run.phase !== 'Succeeded') return {};
  const at = run.run.finishedAt ?? timestamp(now);
  switch (verbOf(object)) {
    case 'Installing':
      return { lastAction: 'install', installed: at, uninstalled: undefined };
    case 'Upgrading':
      return { lastAction: 'upgrade' };
    case 'Uninstalling':
      return { lastAction: 'uninstall', uninstalled: at };
  }
}

/** A run that Porter did not record (nothing had to be done, or it never began) leaves the last recorded one. */
function runOf(
  ended: EndedRun,
  record: InstallationRecord | undefined,
  before: DeepReadonly<InstallationRun> | undefined,
): DeepReadonly<InstallationRun> | undefined {
  const { runId, startedAt, finishedAt, source } = ended.run;
  if (runId === undefined && source !== 'ExitCode') return before;
  const result = record?.status.runId === runId ? record?.status.resultStatus : undefined;
  return { id: runId ?? '', result: result === '' ? undefined : result, startedAt, finishedAt };
}

function phaseOf(run: EndedRun): string {
  return run.phase === 'NoOp' ? 'Succeeded' : run.phase;
}

function conditionsOf(
  { object, now }: InstallationSnapshot,
  { outcome, observed }: Acted<InstallationObserved>,
  status: Status,
): Condition[] {
  const { generation } = object.metadata;
  const previous = object.status?.conditions;
  const ready =
    outcome.kind === 'done' ? settled(object, status) : outcome.kind === 'progress' ? next(object) : undefined;
  const upstream = observed.upstream ?? previous?.filter(({ type }) => type in UPSTREAM_REASONS) ?? [];
  const warnings = [
    ...warning(PARAMETERS_ACCEPTED, observed.parameters, previous),
    ...warning(OUTPUTS_SHOWN, observed.outputs, previous),
  ];
  const own = [...suspension(object), ...warnings].map((condition) => ({
    ...condition,
    lastTransitionTime: timestamp(now),
    observedGeneration: generation,
  }));
  const kept = previous?.filter(({ type }) => own.some((condition) => condition.type === type));
  return [
    ...kstatusConditions({ outcome, generation, now, previous, ready }),
    ...upstream,
    ...mergeConditions(kept, own),
  ] as Condition[];
}

type Told = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

function suspension({ spec }: DeepReadonly<Installation>): Told[] {
  if (spec.suspend !== true) return [];
  const message = 'spec.suspend is true: no run is started until it is false; one that runs goes on.';
  return [{ type: 'Suspended', status: 'True', reason: 'Suspended', message }];
}

/** A condition that is only there while something is wrong; what is not `found` anew stays as it was. */
function warning(type: string, found: Explanation | null | undefined, previous: Status['conditions']): Told[] {
  if (found === null) return [];
  if (found !== undefined) return [{ type, status: 'False', ...found }];
  return previous?.filter((condition) => condition.type === type).map((condition) => ({ ...condition })) ?? [];
}

/** A run has been recorded, and something follows. */
function next(object: DeepReadonly<Installation>): Explanation {
  if (object.metadata.deletionTimestamp === undefined) {
    return { reason: verbOf(object), message: 'An earlier run has ended; the one that is wanted now follows.' };
  }
  return { reason: 'Uninstalled', message: 'The bundle is uninstalled, and the resource is let go.' };
}

function settled({ spec }: DeepReadonly<Installation>, { bundle, installed }: Status): Explanation {
  if (spec.uninstalled === true) {
    const message =
      installed === undefined ? 'Nothing of this name is installed in Porter.' : 'The bundle is uninstalled.';
    return { reason: 'Uninstalled', message };
  }
  const details = [bundle?.version, bundle?.digest].filter((part) => part !== undefined && part !== '').join(', ');
  const what = bundle?.reference ?? spec.bundle.repository;
  return { reason: 'Installed', message: `Bundle ${what}${details === '' ? '' : ` (${details})`} is installed.` };
}
