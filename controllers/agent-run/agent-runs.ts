import { inject, injectable } from 'inversify';
import type { AgentAction } from '../../api/porter/v1/agent-action.js';
import { AGENT_ACTIONS } from '../../api/porter/v1/resources.js';
import { LABELS } from '../../api/porter/v1/well-known.js';
import { Reader } from '../../runtime/cache/index.js';
import type { DeepReadonly, KubernetesJson, ObjectKey, Stored } from '../../runtime/client/index.js';
import { Client, isAlreadyExists, keyOf } from '../../runtime/client/index.js';
import { Rbac } from '../../runtime/schema/index.js';
import { childName } from './child-name.js';
import { AgentJobs } from './agent-jobs.js';
import { actionsFor } from './by-parent.js';
import { agentActionFor, isRunOf, isUpstreamRunOf } from './agent-action.js';
import type { RunRequest, RunState } from './run.js';
import { runStateOf } from './run-state.js';

/**
 * How a kind gets its runs: it asks for one, which is one AgentAction, and looks at where it stands. Asking again for
 * the same run is harmless.
 */
@injectable()
@Rbac({ groups: ['getporter.org'], resources: ['agentactions'], verbs: ['get', 'list', 'watch', 'create', 'delete'] })
export class AgentRuns {
  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Reader) private readonly reader: Reader,
    @inject(AgentJobs) private readonly jobs: AgentJobs,
  ) {}

  /** Name of the AgentAction that is, or would be, created for the run. */
  nameOf(request: RunRequest): string {
    return keyOfRun(request).name;
  }

  /** Where the run stands, as far as the cache knows. */
  state(request: RunRequest): RunState {
    const own = this.reader.get(AGENT_ACTIONS, keyOfRun(request));
    if (own !== undefined) return stateFor(request, own);
    const upstream = actionsFor(this.reader, request.parent).find((action) => isUpstreamRunOf(request, action));
    return upstream === undefined ? { phase: 'Absent' } : runStateOf(upstream);
  }

  /** Starts the run unless it was started before. */
  async request(request: RunRequest): Promise<RunState> {
    try {
      const created = await this.client.create(AGENT_ACTIONS, agentActionFor(request, keyOfRun(request)));
      this.jobs.expect(created);
      return runStateOf(created);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return stateFor(request, await this.client.get(AGENT_ACTIONS, keyOfRun(request)));
    }
  }

  /**
   * Deletes the parent's oldest finished runs, all but `keep` of them. One of those kept is `ended`, the name of the run whose
   * end is about to be recorded: until it is, only its AgentAction tells that it has been.
   */
  async prune(parent: DeepReadonly<Stored<KubernetesJson>>, keep: number, ended: string): Promise<void> {
    const finished = actionsFor(this.reader, parent)
      .filter((action) => action.status?.verdict !== undefined && action.metadata.deletionTimestamp === undefined)
      .filter(({ metadata }) => metadata.name !== ended)
      .toSorted(newestFirst);
    for (const action of finished.slice(Math.max(0, keep - 1))) {
      const { uid } = action.metadata;
      await this.client.delete(AGENT_ACTIONS, keyOf(action), { uid, propagation: 'Background' });
    }
  }
}

function keyOfRun({ parent, parentKind, generation, attempt, step }: RunRequest): ObjectKey {
  const { name, namespace, uid } = parent.metadata;
  return { namespace, name: childName(name, { kind: parentKind, uid, generation, attempt, step }) };
}

function stateFor(request: RunRequest, action: DeepReadonly<Stored<AgentAction>>): RunState {
  if (isRunOf(request, action)) return runStateOf(action);
  const { name } = action.metadata;
  const message = `AgentAction ${name} exists and was not created for this ${request.parentKind}: delete or rename it`;
  return { phase: 'Conflict', action: name, message };
}

/** Times have whole seconds and come from the clocks of nodes: they only order the runs of one generation. */
function newestFirst(a: DeepReadonly<Stored<AgentAction>>, b: DeepReadonly<Stored<AgentAction>>): number {
  return generationOf(b) - generationOf(a) || finishedAt(b) - finishedAt(a);
}

function generationOf({ metadata }: DeepReadonly<Stored<AgentAction>>): number {
  return Number(metadata.labels?.[LABELS.resourceGeneration] ?? 0);
}

function finishedAt(action: DeepReadonly<Stored<AgentAction>>): number {
  return Date.parse(action.status?.finishedAt ?? action.metadata.creationTimestamp);
}
