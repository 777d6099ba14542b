import type { AgentAction } from '../../api/porter/v1/agent-action.js';
import type { PorterResourceStatus } from '../../api/porter/v1/porter-resource-status.js';
import { LABELS } from '../../api/porter/v1/well-known.js';
import type { DeepReadonly, KubernetesJson, Stored } from '../../runtime/client/index.js';
import { childName } from './child-name.js';
import { askedRetry, retryLabel } from './labels.js';

/** Which run of a generation a parent wants now; with the parent's uid and a step it is the run's identity. */
export interface WantedRun {
  readonly generation: number;
  readonly attempt: number;
  /** The retry value that the run answers; '' if none. */
  readonly retry: string;
}

/** A kind that asks for runs. */
export type RunParentObject = DeepReadonly<Stored<KubernetesJson & { status?: PorterResourceStatus }>>;

/** Where the runs of a parent can be found. */
export interface RunHistory {
  /** Kind of the parent, as in its manifests. */
  readonly kind: string;
  /** Every step that the parent ever asks for. */
  readonly steps: readonly string[];
  /** The AgentActions made for the parent. */
  readonly actions: readonly DeepReadonly<Stored<AgentAction>>[];
}

/** A recovered attempt is looked for up to this number; nobody retries one generation more often and then loses the status. */
const MAX_RECOVERED_ATTEMPT = 200;

/**
 * The first attempt of a new generation, one more for each new value of the retry annotation, else the attempt at hand.
 * Status says which that is; when it is empty, the names of the AgentActions do. A retry value that arrives together
 * with a new generation is answered by the generation's first run.
 */
export function wantedRun(parent: RunParentObject, history: RunHistory): WantedRun {
  const { generation = 1, annotations } = parent.metadata;
  const asked = askedRetry(annotations);
  const last = recordedAttempt(parent, history, generation) ?? recoveredAttempt(parent, history, generation);
  if (last === undefined) return { generation, attempt: 1, retry: asked };
  const isNew = asked !== '' && asked !== last.retry;
  return isNew ? { generation, attempt: last.attempt + 1, retry: asked } : { generation, ...last };
}

type Attempt = Pick<WantedRun, 'attempt' | 'retry'>;

function recordedAttempt(parent: RunParentObject, history: RunHistory, generation: number): Attempt | undefined {
  const { attempt, retry = '', action, completed } = parent.status ?? {};
  if (attempt === undefined) return undefined;
  const isCompleted = completed?.generation === generation && completed.attempt === attempt;
  const names = history.steps.map((step) => nameOf(parent, history.kind, { generation, attempt, step }));
  return isCompleted || (action !== undefined && names.includes(action.name)) ? { attempt, retry } : undefined;
}

function recoveredAttempt(parent: RunParentObject, history: RunHistory, generation: number): Attempt | undefined {
  const actions = history.actions.filter(
    ({ metadata }) => metadata.labels?.[LABELS.resourceGeneration] === String(generation),
  );
  if (actions.length === 0) return undefined;
  for (let attempt = MAX_RECOVERED_ATTEMPT; attempt > 0; attempt--) {
    const names = history.steps.map((step) => nameOf(parent, history.kind, { generation, attempt, step }));
    const found = actions.find(({ metadata }) => names.includes(metadata.name));
    if (found !== undefined) return { attempt, retry: retryOf(parent, found) };
  }
  return undefined;
}

/** The annotation's value if it is the one that the run answered; which other value it was cannot be told. */
function retryOf(parent: RunParentObject, action: DeepReadonly<Stored<AgentAction>>): string {
  const asked = askedRetry(parent.metadata.annotations);
  return action.metadata.labels?.[LABELS.retry] === retryLabel(asked) ? asked : '';
}

function nameOf(
  parent: RunParentObject,
  kind: string,
  identity: { generation: number; attempt: number; step: string },
): string {
  return childName(parent.metadata.name, { kind, uid: parent.metadata.uid, ...identity });
}
