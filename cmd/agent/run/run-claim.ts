import { createHash } from 'node:crypto';
import type { DeepReadonly, Job } from '../../../runtime/client/index.js';

/** Annotations of a bundle's Job: the first three are those of Porter's own driver. */
export const ANNOTATIONS = {
  action: 'cnab.io/action',
  installation: 'cnab.io/installation',
  revision: 'cnab.io/revision',
  run: 'getporter.org/run',
  agentJob: 'getporter.org/agent-job',
} as const;
export const DRIVER_LABEL = { 'cnab.io/driver': 'kubernetes' } as const;

/** In whose name a run is claimed. Every Pod of one agent Job has the same, and no other Job has. */
export interface Claimant {
  readonly jobName: string;
  /** Of the AgentAction, '' when there is none. */
  readonly uid: string;
}

/** Identity of a run, carried by its Job and so kept from the first moment on. */
export interface RunIds {
  readonly run: string;
  readonly revision: string;
}

/** Recorded in `custom` of a run, so that it is known again when its Job is gone. */
export function claimText({ jobName, uid }: Claimant): string {
  return uid === '' ? jobName : `${jobName}/${uid}`;
}

/** Name of the one bundle Job that a claimant may create; at most 63 characters. */
export function bundleJobName(claimant: Claimant, installation: { namespace: string; name: string }): string {
  const hash = createHash('sha256').update(claimText(claimant)).digest('hex').slice(0, 10);
  const base = `run-${installation.namespace}-${installation.name}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${base.slice(0, 52).replace(/-+$/, '')}-${hash}`;
}

/** `namespace/name`, as Porter's driver writes it into the annotation. */
export function installationText(installation: { namespace: string; name: string }): string {
  return `${installation.namespace}/${installation.name}`;
}

/** The identity that a bundle Job carries; undefined for one of Porter's own driver. */
export function idsOf(job: DeepReadonly<Job>): RunIds | undefined {
  const { [ANNOTATIONS.run]: run, [ANNOTATIONS.revision]: revision } = job.metadata.annotations ?? {};
  return run === undefined || revision === undefined ? undefined : { run, revision };
}

/** Whether the Job has ended, one way or the other. */
export function isFinished(job: DeepReadonly<Job>): boolean {
  const ends = ['Complete', 'Failed'];
  return job.status?.conditions?.some(({ type, status }) => ends.includes(type) && status === 'True') === true;
}

/** Claimed, but nothing of it has run yet. */
export function isWaiting(job: DeepReadonly<Job>): boolean {
  return job.spec?.suspend === true;
}
