import type { AgentAction } from '../../../api/porter/v1/agent-action.js';
import type { CompletedRun } from '../../../api/porter/v1/porter-resource-status.js';
import { UPSTREAM_REASONS } from '../../../api/porter/v1/conditions.js';
import { LABELS } from '../../../api/porter/v1/well-known.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import type { Condition } from '../../../runtime/status/index.js';
import { runStateOf } from '../../agent-run/run-state.js';
import type { RunState } from '../../agent-run/run.js';
import type { RunParentObject } from '../../agent-run/wanted-run.js';

type Action = DeepReadonly<Stored<AgentAction>>;

/** A run that has not ended. */
export type OpenRun = RunState & { phase: 'Pending' | 'Running' };
/** A run whose end is known, or known to be unknowable. */
export type EndedRun = RunState & { phase: 'Succeeded' | 'NoOp' | 'Failed' | 'Unknown' };

/** A run of an object other than the one that is wanted now: of an older generation or attempt. */
export interface OtherRun {
  readonly state: OpenRun | EndedRun;
  readonly generation: number;
  readonly attempt: number;
}

/** Reasons of a run that is only on its way. */
const ON_ITS_WAY: readonly string[] = ['AgentPending', 'AgentRunning', 'Progressing'];

export function isOpen(state: RunState): state is OpenRun {
  return state.phase === 'Pending' || state.phase === 'Running';
}

export function isEnded(state: RunState): state is EndedRun {
  return !isOpen(state) && state.phase !== 'Absent' && state.phase !== 'Conflict';
}

/** Whether a run that came to this did what was asked. */
export function isSuccess(result: string | undefined): boolean {
  return result === 'Succeeded' || result === 'NoOp';
}

/** Whether something keeps the run from getting on; its reason and message then say what. */
export function isBlocked(state: OpenRun): boolean {
  return state.stalled === true || (state.reason !== undefined && !ON_ITS_WAY.includes(state.reason));
}

/** Whether the end of this run is in status; then it is never launched again. */
export function isSettled(
  completed: DeepReadonly<CompletedRun> | undefined,
  run: { readonly generation: number; readonly attempt: number },
): boolean {
  return completed?.generation === run.generation && completed.attempt === run.attempt;
}

/**
 * Among the runs besides `wanted`: the one that is still open, else the one that status names last and whose end it does
 * not tell yet. `isCounted` leaves out runs whose end means nothing to status.
 */
export function otherRun(
  parent: RunParentObject,
  actions: readonly Action[],
  wanted: readonly RunState[],
  isCounted: (action: Action) => boolean = () => true,
): OtherRun | undefined {
  const names = new Set(wanted.flatMap((state) => (state.phase === 'Absent' ? [] : [state.action])));
  const others = actions.filter(({ metadata }) => !names.has(metadata.name)).map((action) => viewOf(parent, action));
  const open = others.find(({ view }) => isOpen(view.state));
  if (open !== undefined) return open.view;
  const { action: last, completed } = parent.status ?? {};
  return others.find(
    ({ action, view }) => action.metadata.name === last?.name && isCounted(action) && !isSettled(completed, view),
  )?.view;
}

function viewOf(parent: RunParentObject, action: Action): { action: Action; view: OtherRun } {
  const generation = Number(action.metadata.labels?.[LABELS.resourceGeneration] ?? 0);
  const state = runStateOf(action) as OpenRun | EndedRun;
  return { action, view: { state, generation, attempt: parent.status?.attempt ?? 1 } };
}

/** Upstream's own conditions of an action, which are copied to what asked for it. */
export function upstreamConditions(conditions: DeepReadonly<Condition[]> | undefined): Condition[] {
  return (conditions ?? []).filter(({ type }) => type in UPSTREAM_REASONS).map((condition) => ({ ...condition }));
}
