import type { AgentAction, AgentActionStatus } from '../../../api/porter/v1/agent-action.js';
import type { Agent } from '../../../api/porter/v1/porter-resource-status.js';
import { LABELS } from '../../../api/porter/v1/well-known.js';
import type { DeepReadonly, Job, Stored } from '../../../runtime/client/index.js';
import type { AgentRun, RunNames } from '../../agent-run/job/agent-run.js';
import { childName, labelValue } from '../../agent-run/child-name.js';
import { hasFields, jsonAnnotation } from '../../agent-run/json-annotation.js';
import { askedRetry, carriedLabels, installationLabel, retryLabel } from '../../agent-run/labels.js';

export type Action = DeepReadonly<Stored<AgentAction>>;
export type StoredJob = DeepReadonly<Stored<Job>>;

/** Which run of an action: it runs once for each generation and value of the retry annotation. */
export interface RunIdentity {
  readonly generation: number;
  readonly retry: string;
}

/** What is written down before anything is launched, in the status and again on what is made. */
export interface LaunchFacts extends RunIdentity {
  readonly attempt: number;
  readonly agent: Agent;
  /** Newest run of the installation before the launch, '' if none; absent when no store can tell. */
  readonly lastRunId?: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly job: string;
}

/** Annotation with the {@link LaunchFacts} as JSON. */
export const LAUNCH_ANNOTATION = 'getporter.org/launch';

/** The action as owner of what is made for it. */
export function ownerOf({ metadata: { name, uid } }: Pick<Action, 'metadata'>): AgentRun['owner'] {
  return { apiVersion: 'getporter.org/v1', kind: 'AgentAction', name, uid };
}

/** The run that the action asks for now. */
export function wantedRun({ metadata }: Action): RunIdentity {
  return { generation: metadata.generation ?? 0, retry: askedRetry(metadata.annotations) };
}

/** Whether a status speaks of that run. */
export function speaksOf(status: DeepReadonly<AgentActionStatus> | undefined, run: RunIdentity): boolean {
  return status?.observedGeneration === run.generation && (status.retry ?? '') === run.retry;
}

/** Job and Secret of a run. A run that has to be launched anew, `previousJob` being lost, gets names of its own. */
export function namesOf({ metadata }: Action, run: RunIdentity, previousJob = ''): RunNames {
  const step = JSON.stringify([run.retry, previousJob]);
  const { name, uid } = metadata;
  const job = childName(name, { kind: 'AgentAction', uid, generation: run.generation, attempt: 1, step });
  return { job, files: job };
}

/** Upstream's labels on everything that is made for a run, and one that tells on which installation it works. */
export function labelsOf({ metadata, spec: { installation } }: Action, run: RunIdentity): Record<string, string> {
  return {
    ...carriedLabels(metadata.labels),
    [LABELS.managed]: 'true',
    [LABELS.resourceKind]: 'AgentAction',
    [LABELS.resourceName]: labelValue(metadata.name),
    [LABELS.resourceGeneration]: String(run.generation),
    [LABELS.retry]: retryLabel(run.retry),
    ...(installation && { [LABELS.installation]: installationLabel(`${installation.namespace}/${installation.name}`) }),
  };
}

/** The launch that a status records. */
export function recordedLaunch(status: DeepReadonly<AgentActionStatus> | undefined): LaunchFacts | undefined {
  const { startedAt, job, observedGeneration = 0, retry = '', attempt = 1, agent = 'Porter', lastRunId } = status ?? {};
  if (startedAt === undefined || job === undefined) return undefined;
  return { generation: observedGeneration, retry, attempt, agent, lastRunId, startedAt, job: job.name };
}

/** The launch that the annotations of a Secret or Job record. */
export function annotatedLaunch(annotations: Readonly<Record<string, string>> | undefined): LaunchFacts | undefined {
  return jsonAnnotation(annotations, LAUNCH_ANNOTATION, isLaunchFacts);
}

function isLaunchFacts(value: unknown): value is LaunchFacts {
  const numbers = { generation: 'number', attempt: 'number' };
  const texts = { retry: 'string', agent: 'string', startedAt: 'string', job: 'string', lastRunId: 'string?' };
  return hasFields(value, { ...numbers, ...texts });
}

/** What is known of a run whose Job is there although no status tells of it; the Go operator's Jobs say least. */
export function launchFoundIn(job: StoredJob, run: RunIdentity): LaunchFacts {
  const { name, annotations, creationTimestamp } = job.metadata;
  const bare = { ...run, attempt: 1, agent: 'Porter' as const, startedAt: creationTimestamp, job: name };
  return annotatedLaunch(annotations) ?? bare;
}
