import type { Reader } from '../../../runtime/cache/index.js';
import { JOBS, PODS } from '../../../runtime/client/index.js';
import type { StoredPod } from './agent-exit.js';
import { hasEnded, isAtWork, isLive } from './agent-exit.js';
import { BY_INSTALLATION } from './indexes.js';
import type { StoredJob } from './launch-facts.js';

/** What works on an installation, or may begin to. */
export interface Workers {
  readonly jobs: readonly StoredJob[];
  readonly pods: readonly StoredPod[];
}

/** Jobs and Pods of agents and bundles, whose AgentAction may be gone. @param installation value of BY_INSTALLATION */
export function workersOn(reader: Pick<Reader, 'byIndex'>, installation: string): Workers {
  const pods = reader.byIndex(PODS, BY_INSTALLATION, installation);
  const jobs = reader.byIndex(JOBS, BY_INSTALLATION, installation);
  return { jobs: jobs.filter((job) => isLive(job) && !hasEnded(job, pods)), pods: pods.filter(isAtWork) };
}

/** How messages name the first of them. */
export function workerText({ jobs: [job], pods: [pod] }: Workers): string | undefined {
  if (job !== undefined) return `Job ${job.metadata.name}`;
  return pod && `Pod ${pod.metadata.name}`;
}
