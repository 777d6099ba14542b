import type { Outcome } from '../../runtime/reconciler/index.js';
import { done, progress, stalled, wait } from '../../runtime/reconciler/index.js';
import type { RunState } from './run.js';

/** Nobody is woken when the object that has the name goes. */
const NAME_RECHECK_MS = 15_000;

/**
 * What the state of a run means for the one who asked for it. A failed run is never repeated by itself, not even one
 * that time may mend: what a bundle half did is for somebody to look at first.
 */
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
    case 'Unknown':
      return stalled(state.reason, state.message);
    case 'Conflict':
      return stalled('NameTaken', state.message, { afterMs: NAME_RECHECK_MS });
  }
}

function openOutcome(state: RunState & { phase: 'Pending' | 'Running' }): Outcome {
  const { phase, reason = `Agent${phase}`, message = `AgentAction ${state.action} is ${phase.toLowerCase()}.` } = state;
  return state.stalled === true ? stalled(reason, message) : wait(reason, message);
}
