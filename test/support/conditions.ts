import type { KubernetesJson } from '../../runtime/client/index.js';
import type { StatusCondition } from '../../runtime/schema/index.js';

/** A kind of ours as whoever waits for it sees it. */
export type Conditioned = KubernetesJson & {
  status?: { observedGeneration?: number; conditions?: readonly StatusCondition[] };
};

/** The condition of that type, if the object has one. */
export function condition({ status }: Conditioned, type: string): StatusCondition | undefined {
  return status?.conditions?.find((candidate) => candidate.type === type);
}

/** Whether Ready is True, for whichever generation. */
export function isReady(object: Conditioned): boolean {
  return condition(object, 'Ready')?.status === 'True';
}
