import { inject, injectable } from 'inversify';
import type { AgentAction } from '../../../api/porter/v1/agent-action.js';
import { AGENT_ACTIONS } from '../../../api/porter/v1/resources.js';
import { Reader, StaleViewError } from '../../../runtime/cache/index.js';
import type { DeepReadonly, KubernetesJson, Stored } from '../../../runtime/client/index.js';
import { Client, keyOf } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { parentOf } from '../../agent-run/agent-action.js';
import { actionsFor } from '../../agent-run/by-parent.js';
import { madeForName } from '../../agent-run/labels.js';
import { runStateOf } from '../../agent-run/run-state.js';
import { LeftoverBundles } from './leftover-bundles.js';
import { isBlocked, isOpen } from './run-view.js';

type Parent = DeepReadonly<Stored<KubernetesJson>>;
type Action = DeepReadonly<Stored<AgentAction>>;

/** Runs that undo an object are not owned by it, so nobody else removes their AgentActions when the object goes. */
@injectable()
@Rbac({ groups: ['getporter.org'], resources: ['agentactions'], verbs: ['list', 'delete'] })
export class UndoRuns {
  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Reader) private readonly reader: Reader,
    @inject(LeftoverBundles) private readonly bundles: LeftoverBundles,
  ) {}

  /**
   * Removes them all, those of failed attempts too. Fails while there is one that the cache does not know, as after a restart
   * that was shown an older view: it would stay for ever. One that may be at work is left (`leavesWork`), if the object goes
   * whatever becomes of it; otherwise the object has to wait for its end.
   */
  async remove(parent: Parent, { leavesWork }: { leavesWork: boolean }): Promise<void> {
    const known = actionsFor(this.reader, parent);
    await this.expectAll(parent, known);
    const undoing = known.filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0);
    const working = undoing.find(mayWork);
    if (working !== undefined && !leavesWork)
      throw new StaleViewError(`AgentAction ${working.metadata.name} has not been seen to end yet`);
    for (const action of undoing.filter((one) => !mayWork(one))) {
      await this.bundles.leaveTo(action);
      const { uid } = action.metadata;
      await this.client.delete(AGENT_ACTIONS, keyOf(action), { uid, propagation: 'Background' });
    }
  }

  private async expectAll({ metadata }: Parent, known: readonly Action[]): Promise<void> {
    const { namespace, name, uid } = metadata;
    const names = new Set(known.map((action) => action.metadata.name));
    for (const action of await this.client.list(AGENT_ACTIONS, { namespace, labelSelector: madeForName(name) })) {
      if (parentOf(action)?.uid === uid && !names.has(action.metadata.name))
        throw new StaleViewError(`AgentAction ${action.metadata.name} has not been seen yet`);
    }
  }
}

function mayWork(action: Action): boolean {
  const state = runStateOf(action);
  return isOpen(state) && !isBlocked(state);
}
