import type { AgentAction, AgentActionStatus, Verdict } from '../../api/porter/v1/agent-action.js';
import type { DeepReadonly, Stored } from '../../runtime/client/index.js';
import { findCondition } from '../../runtime/status/index.js';
import { askedRetry } from './labels.js';
import type { RunState, RunSummary } from './run.js';

type Status = DeepReadonly<AgentActionStatus>;

/** Where the run stands that `action` was created for, as its status tells. */
export function runStateOf(action: DeepReadonly<Stored<AgentAction>>): RunState {
  const { name } = action.metadata;
  const status = action.status ?? {};
  return status.verdict !== undefined && isCurrent(action, status)
    ? endedState(name, status, status.verdict)
    : openState(name, status);
}

/** Whether the status speaks of this generation and retry. */
function isCurrent(action: DeepReadonly<Stored<AgentAction>>, status: Status): boolean {
  const retry = askedRetry(action.metadata.annotations);
  return status.observedGeneration === action.metadata.generation && (status.retry ?? '') === retry;
}

function endedState(action: string, status: Status, verdict: DeepReadonly<Verdict>): RunState {
  const run = summaryOf(action, status, verdict);
  const { result, reason, message, retryable = false } = verdict;
  switch (result) {
    case 'Succeeded':
    case 'NoOp':
      return { phase: result, action, run };
    case 'Failed':
      return { phase: result, action, run, reason, message, retryable };
    case 'Unknown':
      return { phase: result, action, run, reason, message };
  }
}

function openState(action: string, status: Status): RunState {
  const phase = status.phase === 'Running' ? 'Running' : 'Pending';
  const ready = findCondition(status.conditions, 'Ready');
  if (ready === undefined) return { phase, action };
  const isStalled = findCondition(status.conditions, 'Stalled')?.status === 'True';
  return { phase, action, reason: ready.reason, message: ready.message, ...(isStalled ? { stalled: true } : {}) };
}

function summaryOf(action: string, status: Status, verdict: DeepReadonly<Verdict>): RunSummary {
  const { attempt = 1, agent, runId, startedAt, finishedAt, exitCode } = status;
  return { action, attempt, agent, runId, startedAt, finishedAt, exitCode, source: verdict.source };
}
