import type { DeepReadonly, Finding, KubernetesObject } from '../../../runtime/schema/index.js';
import { deletionPolicyOf, policyProblem } from './deletion-policy.rules.js';
import { ANNOTATIONS, LABELS } from './well-known.js';

/** Mistakes in annotations and labels of what people declare; a schema does not see these. */
export function metadataWarnings({ metadata }: DeepReadonly<KubernetesObject>): Finding[] {
  const policy = deletionPolicyOf({ metadata });
  const labels = Object.values(LABELS).filter((name) => Object.hasOwn(metadata.labels ?? {}, name));
  return [
    ...(typeof policy === 'string'
      ? []
      : [{ path: ['metadata', 'annotations', ANNOTATIONS.deletionPolicy], text: policyProblem(policy.invalid) }]),
    ...labels.map((name) => ({
      path: ['metadata', 'labels', name],
      text: 'is for what the operator itself creates and has no effect here',
    })),
  ];
}
