import { inject, injectable } from 'inversify';
import { AGENT_ACTIONS } from '../../../api/porter/v1/resources.js';
import type { DeepReadonly, Job, ObjectKey, Pod, Stored } from '../../../runtime/client/index.js';
import { Client, JOBS, PODS, isConflict } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { madeForAction } from '../../agent-run/labels.js';
import { runStateOf } from '../../agent-run/run-state.js';
import { isBlocked } from './run-view.js';

/** Takes back runs that cannot begin. Asked of the server: a cache, or a status, may not know yet that one has begun. */
@injectable()
@Rbac({ groups: ['getporter.org'], resources: ['agentactions'], verbs: ['get', 'delete'] })
@Rbac({ groups: ['batch'], resources: ['jobs'], verbs: ['list'] })
@Rbac({ groups: [''], resources: ['pods'], verbs: ['list'] })
export class StuckRuns {
  constructor(@inject(Client) private readonly client: Client) {}

  /** Whether the AgentAction is gone or going; false when its run may have begun, or when it has just changed. */
  async takeBack(key: ObjectKey): Promise<boolean> {
    const action = await this.client.find(AGENT_ACTIONS, key);
    if (action === undefined) return true;
    const state = runStateOf(action);
    if (state.phase !== 'Pending' || !isBlocked(state) || (await this.hasBegun(key))) return false;
    const { uid, resourceVersion } = action.metadata;
    try {
      await this.client.delete(AGENT_ACTIONS, key, { uid, resourceVersion, propagation: 'Background' });
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }

  private async hasBegun({ namespace, name }: ObjectKey): Promise<boolean> {
    const labelSelector = madeForAction(name);
    const [jobs, pods] = await Promise.all([
      this.client.list(JOBS, { namespace, labelSelector }),
      this.client.list(PODS, { namespace, labelSelector }),
    ]);
    return jobs.some(hasRun) || pods.some(hasStarted);
  }
}

function hasRun({ status = {} }: DeepReadonly<Stored<Job>>): boolean {
  const { succeeded = 0, failed = 0, ready = 0 } = status;
  return succeeded + failed + ready > 0;
}

/** Containers that only prepare the agent's do not count. */
function hasStarted({ status }: DeepReadonly<Stored<Pod>>): boolean {
  const { phase = 'Pending', containerStatuses = [] } = status ?? {};
  return (
    phase !== 'Pending' ||
    containerStatuses.some(({ state, lastState }) =>
      [state?.running, state?.terminated, lastState?.terminated].some(Boolean),
    )
  );
}
