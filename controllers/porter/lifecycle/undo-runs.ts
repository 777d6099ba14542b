import { inject, injectable } from 'inversify';
import { AGENT_ACTIONS } from '../../../api/porter/v1/resources.js';
import { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, KubernetesJson, Stored } from '../../../runtime/client/index.js';
import { Client, keyOf } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { actionsFor } from '../../agent-run/by-parent.js';
import { runStateOf } from '../../agent-run/run-state.js';
import { LeftoverBundles } from './leftover-bundles.js';
import { isBlocked, isOpen } from './run-view.js';

/** Runs that undo an object are not owned by it, so nobody else removes their AgentActions when the object goes. */
@injectable()
@Rbac({ groups: ['getporter.org'], resources: ['agentactions'], verbs: ['delete'] })
export class UndoRuns {
  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Reader) private readonly reader: Reader,
    @inject(LeftoverBundles) private readonly bundles: LeftoverBundles,
  ) {}

  /** Removes them all, those of failed attempts too, but for one that may be at work. */
  async remove(parent: DeepReadonly<Stored<KubernetesJson>>): Promise<void> {
    for (const action of actionsFor(this.reader, parent)) {
      const { ownerReferences = [], uid } = action.metadata;
      const state = runStateOf(action);
      if (ownerReferences.length > 0 || (isOpen(state) && !isBlocked(state))) continue;
      await this.bundles.leaveTo(action);
      await this.client.delete(AGENT_ACTIONS, keyOf(action), { uid, propagation: 'Background' });
    }
  }
}
