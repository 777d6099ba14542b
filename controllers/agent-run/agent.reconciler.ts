import { AGENT_ACTIONS } from '../../api/porter/v1/resources.js';
import type { KubernetesJson } from '../../runtime/client/index.js';
import type { WatchBuilder } from '../../runtime/controller/index.js';
import type { Outcome, ReconcilerDeps, Snapshot } from '../../runtime/reconciler/index.js';
import { Reconciler, done, progress, stalled, wait } from '../../runtime/reconciler/index.js';
import { parentOf } from './agent-action.js';
import type { AgentRuns } from './agent-runs.js';
import type { RunState } from './run.js';

/** A kind whose outside effect is brought about by agent runs. */
export abstract class AgentReconciler<
  K extends KubernetesJson,
  S extends Snapshot<K>,
  D extends { readonly action: string },
  O,
> extends Reconciler<K, S, D, O> {
  constructor(
    deps: ReconcilerDeps,
    protected readonly runs: AgentRuns,
  ) {
    super(deps);
  }

  /** Wakes the object of `kind` that asked for a run whenever that run gets on. */
  protected watchRuns(on: WatchBuilder, kind: string): void {
    on.watches(AGENT_ACTIONS, {
      map: (action) => {
        const parent = parentOf(action);
        return parent?.kind === kind ? [{ namespace: action.metadata.namespace, name: parent.name }] : [];
      },
    });
  }

  /** What the state of a run means for the one who asked for it. */
  protected outcomeOf(state: RunState): Outcome {
    return outcomeOfRun(state);
  }
}

/** The same for collaborators of a reconciler. */
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
