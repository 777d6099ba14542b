import { createHash } from 'node:crypto';
import { ANNOTATIONS, LABELS } from '../../api/porter/v1/well-known.js';
import type { DeepReadonly } from '../../runtime/client/index.js';
import { labelValue } from './child-name.js';

type Labels = Readonly<Record<string, string>>;

/**
 * Labels that people put on what they declare and that Pods need or that only sort. All others stay where they were
 * put: a label by which a deployment tool recognises its own objects would make it prune ours.
 */
const CARRIED: ReadonlySet<string> = new Set([
  'app.kubernetes.io/name',
  'app.kubernetes.io/component',
  'app.kubernetes.io/part-of',
  'app.kubernetes.io/version',
  'azure.workload.identity/use',
  'sidecar.istio.io/inject',
]);

/** The labels that may go on from a resource to what is made for it. */
export function carriedLabels(labels: DeepReadonly<Labels> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => CARRIED.has(name)));
}

/** Selects what is made for the AgentAction of that name. */
export function madeForAction(name: string): string {
  return `${LABELS.resourceKind}=AgentAction,${madeForName(name)}`;
}

/** Selects what is made for a resource of that name, whichever kind it is. */
export function madeForName(name: string): string {
  return `${LABELS.resourceName}=${labelValue(name)}`;
}

/** A Porter installation as label value; `text` is `<porter namespace>/<name>`. */
export function installationLabel(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

/** Longer values are kept as their hash: they are copied into status and names, and an object may have 256 KiB of annotations. */
const LONGEST_RETRY = 253;

/** What the object's retry annotation asks for, '' when it has none. */
export function askedRetry(annotations: DeepReadonly<Labels> | undefined): string {
  const value = annotations?.[ANNOTATIONS.retry] ?? '';
  return value.length <= LONGEST_RETRY ? value : `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

/** A retry value as label value, '' when there is none. */
export function retryLabel(retry: string): string {
  return retry === '' ? '' : createHash('md5').update(retry).digest('hex');
}
