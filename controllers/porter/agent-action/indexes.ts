import { AGENT_ACTIONS, AGENT_CONFIGS, PORTER_CONFIGS } from '../../../api/porter/v1/resources.js';
import { CONDITIONS } from '../../../api/porter/v1/conditions.js';
import { JOB_TYPES, LABELS } from '../../../api/porter/v1/well-known.js';
import type { DeepReadonly, KubernetesJson, ObjectKey } from '../../../runtime/client/index.js';
import { JOBS, PODS, keyOf } from '../../../runtime/client/index.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { WatchBuilder } from '../../../runtime/controller/index.js';
import { BY_PARENT, parentValues } from '../../agent-run/by-parent.js';
import type { AgentSettings } from '../../agent-run/agent-settings.js';
import { labelValue } from '../../agent-run/child-name.js';
import { installationLabel } from '../../agent-run/labels.js';
import { appliesEverywhere } from '../../agent-run/config/run-configuration.js';
import { findCondition } from '../../../runtime/status/index.js';
import type { Action } from './launch-facts.js';

type Made = DeepReadonly<KubernetesJson>;
type MaybeEmpty = Omit<Action, 'spec'> & { readonly spec?: Action['spec'] };

/** AgentActions by their own label value, and Jobs and Pods by the AgentAction whose label they carry. */
export const BY_RUN = 'agent-action';
/** AgentActions, and the Jobs and Pods of agents and bundles, by the Porter installation that they work on. */
export const BY_INSTALLATION = 'porter-installation';

/** Annotation of a bundle Job: the installation it works on, `<porter namespace>/<name>`. */
const INSTALLATION_ANNOTATION = 'cnab.io/installation';
/** Annotation of a bundle Job: the revision of its run. */
export const REVISION_ANNOTATION = 'cnab.io/revision';

const MANAGED = `${LABELS.managed}=true`;

/** Value of {@link BY_RUN}. */
export function runValue({ namespace = '', name }: ObjectKey): string {
  return `${namespace}/${labelValue(name)}`;
}

/** Value of {@link BY_INSTALLATION}; undefined for an action that names none, or was stored without a spec. */
export function installationValue({ metadata, spec }: MaybeEmpty): string | undefined {
  return spec?.installation && workplaceOf(metadata.namespace, spec.installation);
}

/** Value of {@link BY_INSTALLATION} for a Porter installation of a Kubernetes namespace. */
export function workplaceOf(
  kubernetesNamespace: string | undefined,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): string {
  return `${kubernetesNamespace ?? ''}/${installationLabel(`${namespace}/${name}`)}`;
}

/** Watches what is made for actions, and everything that may end their waiting. */
export function watchRuns(on: WatchBuilder, settings: AgentSettings): void {
  const configured = (config: Made, reader: Reader) => unlaunchedUnder(keyOf(config), reader, settings);
  on.index(AGENT_ACTIONS, BY_PARENT, parentValues)
    .index(AGENT_ACTIONS, BY_RUN, (action) => [runValue(keyOf(action))])
    .index(AGENT_ACTIONS, BY_INSTALLATION, (action) => present(installationValue(action)))
    .index(JOBS, BY_RUN, runOf)
    .index(JOBS, BY_INSTALLATION, (job) => present(madeInstallation(job)))
    .index(PODS, BY_RUN, runOf)
    .index(PODS, BY_INSTALLATION, (pod) => present(madeInstallation(pod)))
    .watches(JOBS, { labelSelector: MANAGED, transform: slimJob, map: madeFor })
    .watches(PODS, { labelSelector: MANAGED, transform: slimPod, map: madeFor })
    .watches(AGENT_ACTIONS, { map: waitingForAction })
    .watches(AGENT_CONFIGS, { map: configured })
    .watches(PORTER_CONFIGS, { map: configured });
}

/** Whether a Job runs a bundle, rather than an agent. */
export function isBundleJob({ metadata }: Made): boolean {
  return metadata.labels?.[LABELS.jobType] === JOB_TYPES.bundle;
}

/** Whether nobody owns it: Porter's driver makes its Jobs so. */
export function isUnowned({ metadata }: Made): boolean {
  return (metadata.ownerReferences ?? []).length === 0;
}

export function isUnownedBundleJob(job: Made): boolean {
  return isBundleJob(job) && isUnowned(job);
}

function madeFor(object: Made, reader: Reader): ObjectKey[] {
  const actions = runOf(object).flatMap((value) => reader.byIndex(AGENT_ACTIONS, BY_RUN, value));
  return [...actions.map(keyOf), ...waitingFor(madeInstallation(object), reader)];
}

/** The actions that a configuration applies to and that may wait for it. */
function unlaunchedUnder(config: ObjectKey, reader: Reader, settings: AgentSettings): ObjectKey[] {
  const within = appliesEverywhere(config, settings) ? {} : { namespace: config.namespace };
  return reader.list(AGENT_ACTIONS, within).filter(isUnlaunched).map(keyOf);
}

function waitingForAction(action: Action, reader: Reader): ObjectKey[] {
  return waitingFor(installationValue(action), reader).filter(({ name }) => name !== action.metadata.name);
}

/** The actions of an installation of which no Job is known; each of the others may be what they wait for. */
function waitingFor(installation: string | undefined, reader: Reader): ObjectKey[] {
  if (installation === undefined) return [];
  const actions = reader.byIndex(AGENT_ACTIONS, BY_INSTALLATION, installation);
  return actions.filter((action) => isUnlaunched(action) || isRecorded(action)).map(keyOf);
}

function isRecorded({ status }: Action): boolean {
  const { verdict, conditions } = status ?? {};
  return verdict === undefined && findCondition(conditions, CONDITIONS.scheduled) === undefined;
}

function isUnlaunched({ status }: Action): boolean {
  return status?.startedAt === undefined;
}

function runOf({ metadata }: Made): string[] {
  const { labels = {}, namespace = '' } = metadata;
  const name = labels[LABELS.resourceName];
  return labels[LABELS.resourceKind] === 'AgentAction' && name !== undefined ? [`${namespace}/${name}`] : [];
}

/** By our label, or by what Porter's driver writes on its Jobs, which is all that those of the Go operator have. */
function madeInstallation({ metadata }: Made): string | undefined {
  const { namespace = '', labels, annotations } = metadata;
  const text = annotations?.[INSTALLATION_ANNOTATION];
  const label = labels?.[LABELS.installation] ?? (text && installationLabel(text.includes('/') ? text : `/${text}`));
  return label && `${namespace}/${label}`;
}

function present(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}

/** The agent's own template is known to us; of a bundle Job's, the names of its Secrets are needed. */
function slimJob(object: KubernetesJson): KubernetesJson {
  if (isBundleJob(object)) return object;
  const { spec, ...rest } = object as KubernetesJson & { spec?: Record<string, unknown> };
  const { ttlSecondsAfterFinished, activeDeadlineSeconds, backoffLimit, podFailurePolicy } = spec ?? {};
  return {
    ...rest,
    spec: { ttlSecondsAfterFinished, activeDeadlineSeconds, backoffLimit, podFailurePolicy },
  } as KubernetesJson;
}

function slimPod(object: KubernetesJson): KubernetesJson {
  const { spec: _spec, ...rest } = object as KubernetesJson & { spec?: unknown };
  return rest;
}
