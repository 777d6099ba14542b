import { inject, injectable } from 'inversify';
import type { AgentAction } from '../../../api/porter/v1/agent-action.js';
import { AGENT_ACTIONS } from '../../../api/porter/v1/resources.js';
import { Reader, StaleViewError } from '../../../runtime/cache/index.js';
import type { DeepReadonly, KubernetesJson, Stored } from '../../../runtime/client/index.js';
import { Client, isNotFound, keyOf } from '../../../runtime/client/index.js';
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
   * Removes them all, those of failed attempts and those that cannot get on too. One that may be at work is left
   * (`leavesWork`), if the object goes whatever becomes of it; otherwise this fails until the cache shows it and the object
   * waits for its end. Asked of the server: an older view, as after a restart, would leave for ever what it does not show.
   */
  async remove(parent: Parent, { leavesWork }: { leavesWork: boolean }): Promise<void> {
    const undoing = (await this.actionsOf(parent)).filter(({ metadata }) => !metadata.ownerReferences?.length);
    const working = undoing.find(mayWork);
    if (working !== undefined && !leavesWork)
      throw new StaleViewError(`AgentAction ${working.metadata.name} is at work`);
    for (const action of undoing.filter((one) => !mayWork(one))) {
      await this.bundles.leaveTo(action);
      const { uid } = action.metadata;
      await this.client.delete(AGENT_ACTIONS, keyOf(action), { uid, propagation: 'Background' });
    }
  }

  /** As the server knows them, and those that somebody took the label from as the cache does. */
  private async actionsOf(parent: Parent): Promise<Action[]> {
    const { namespace, name, uid } = parent.metadata;
    const listed = await this.client
      .list(AGENT_ACTIONS, { namespace, labelSelector: madeForName(name) })
      .catch(unlessKindIsGone);
    const actions = [...actionsFor(this.reader, parent), ...listed.filter((action) => parentOf(action)?.uid === uid)];
    return [...new Map(actions.map((action) => [action.metadata.name, action])).values()];
  }
}

function unlessKindIsGone(error: unknown): [] {
  if (isNotFound(error)) return [];
  throw error;
}

/** Of one that something keeps from getting on, whoever deletes its object does not wait for the end. */
function mayWork(action: Action): boolean {
  const state = runStateOf(action);
  return isOpen(state) && !isBlocked(state);
}
