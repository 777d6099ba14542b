import { AGENT_ACTIONS } from '../../api/porter/v1/resources.js';
import type { KubernetesJson } from '../../runtime/client/index.js';
import type { WatchBuilder } from '../../runtime/controller/index.js';
import type { Outcome, ReconcilerDeps, Snapshot } from '../../runtime/reconciler/index.js';
import { Reconciler } from '../../runtime/reconciler/index.js';
import { parentOf } from './agent-action.js';
import type { AgentRuns } from './agent-runs.js';
import { outcomeOfRun } from './run-outcome.js';
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
