import type { Outcome } from '../../runtime/reconciler/index.js';
import { done, progress, stalled, wait } from '../../runtime/reconciler/index.js';
import type { RunState } from './run.js';

/** What the state of a run means for the one who asked for it. */
export function outcomeOfRun(state: RunState): Outcome {
  switch (state.phase) {
    case 'Absent':
      return progress();
    case 'Pending':
    case 'Running':
      return openOutcome(state);
    case 'Succeeded':
    case 'NoOp':
      return done();
    case 'Failed':
      return state.retryable ? wait(state.reason, state.message) : stalled(state.reason, state.message);
    case 'Unknown':
      return stalled(state.reason, state.message);
    case 'Conflict':
      return stalled('NameTaken', state.message);
  }
}

function openOutcome(state: RunState & { phase: 'Pending' | 'Running' }): Outcome {
  const { phase, reason = `Agent${phase}`, message = `AgentAction ${state.action} is ${phase.toLowerCase()}.` } = state;
  return state.stalled === true ? stalled(reason, message) : wait(reason, message);
}
