import type { AgentAction, AgentActionSpec } from '../../api/porter/v1/agent-action.js';
import { LABELS } from '../../api/porter/v1/well-known.js';
import type { DeepReadonly, KubernetesJson, ObjectKey, Stored } from '../../runtime/client/index.js';
import { labelValue } from './child-name.js';
import { hasFields, jsonAnnotation } from './json-annotation.js';
import { carriedLabels, retryLabel } from './labels.js';
import type { LostRun, RunRequest } from './run.js';

/** Names the object that asked for a run, also where no ownerReference may: `<kind>/<name>/<uid>`. */
export const PARENT_ANNOTATION = 'getporter.org/parent';

/** The {@link LostRun} as JSON, on the AgentAction that takes the place of one that has vanished. */
const LOST_RUN_ANNOTATION = 'getporter.org/lost-run';

type Action = DeepReadonly<Stored<AgentAction>>;

/** The object that a run was asked for by. */
export interface RunParent {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The AgentAction that carries out a request. */
export function agentActionFor(request: RunRequest, key: ObjectKey): AgentAction {
  const { parent, parentKind } = request;
  const { name, uid } = parent.metadata;
  return {
    metadata: {
      ...key,
      labels: actionLabels(request),
      annotations: {
        [PARENT_ANNOTATION]: `${parentKind}/${name}/${uid}`,
        ...(request.lost && { [LOST_RUN_ANNOTATION]: JSON.stringify(request.lost) }),
      },
      ...(request.owned ? { ownerReferences: [ownerReference(parent, parentKind)] } : {}),
    },
    spec: actionSpec(request),
  };
}

/** Whether `action` was created for this very request. */
export function isRunOf(request: RunRequest, action: Action): boolean {
  return parentOf(action)?.uid === request.parent.metadata.uid;
}

/** Whether `action` is the run of the same generation that the Go operator created under a name of its own. */
export function isUpstreamRunOf(request: RunRequest, action: Action): boolean {
  if (request.attempt !== 1 || action.metadata.annotations?.[PARENT_ANNOTATION] !== undefined) return false;
  const { labels = {} } = action.metadata;
  return (
    labels[LABELS.resourceKind] === request.parentKind &&
    labels[LABELS.resourceGeneration] === String(request.generation)
  );
}

/** Who asked for the run: by our annotation, or by the controller owner that the Go operator sets. */
export function parentOf(action: Action): RunParent | undefined {
  const [kind, name, uid] = action.metadata.annotations?.[PARENT_ANNOTATION]?.split('/') ?? [];
  if (kind !== undefined && name !== undefined && uid !== undefined) return { kind, name, uid };
  return action.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** What is known of the run in whose AgentAction's place this one was created; nothing can be made of what somebody has changed. */
export function lostRunOf({ metadata }: Action): LostRun | undefined {
  return jsonAnnotation(metadata.annotations, LOST_RUN_ANNOTATION, isLostRun);
}

function isLostRun(value: unknown): value is LostRun {
  return hasFields(value, { startedAt: 'string', lastRunId: 'string?' });
}

function actionLabels(request: RunRequest): Record<string, string> {
  return {
    ...carriedLabels(request.labels),
    [LABELS.managed]: 'true',
    [LABELS.resourceKind]: request.parentKind,
    [LABELS.resourceName]: labelValue(request.parent.metadata.name),
    [LABELS.resourceGeneration]: String(request.generation),
    [LABELS.retry]: retryLabel(request.retry),
  };
}

function actionSpec(request: RunRequest): AgentActionSpec {
  const { agentConfig, installation, secrets = [] } = request;
  const files = Object.entries(request.files()).map(([name, text]) => [name, Buffer.from(text).toString('base64')]);
  return {
    ...(agentConfig === undefined ? {} : { agentConfig: { name: agentConfig } }),
    args: [...request.args],
    ...(files.length === 0 ? {} : { files: Object.fromEntries(files) as Record<string, string> }),
    ...(installation === undefined ? {} : { installation: { ...installation } }),
    ...(secrets.length === 0 ? {} : { secrets: [...secrets] }),
  };
}

/** No `blockOwnerDeletion`: a run must never hold up the deletion of what asked for it. */
function ownerReference(parent: DeepReadonly<Stored<KubernetesJson>>, kind: string) {
  const { name, uid } = parent.metadata;
  return { apiVersion: 'getporter.org/v1', kind, name, uid, controller: true };
}
