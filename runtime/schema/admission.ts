import type { DeepReadonly } from '../client/index.js';
import type { Finding } from './finding.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { classMarkers, markClass } from './metadata.js';
import type { ClassOf } from './metadata.js';

/** What a kind's schema cannot say; the functions are pure, and the reconciler of the kind uses the same ones. */
export interface AdmissionRules<T extends KubernetesObject & { spec?: object } = KubernetesObject & { spec?: object }> {
  /** What is wrong with a spec: it is refused. */
  readonly problems?: (spec: DeepReadonly<NonNullable<T['spec']>>) => readonly Finding[];
  /** What is allowed and hardly meant, or has no effect: whoever writes it is told. */
  readonly warnings?: (object: DeepReadonly<T>) => readonly Finding[];
  /** Fields of the spec that are taken from the object's own name or namespace where they are absent. */
  readonly fromMetadata?: Readonly<Record<string, 'name' | 'namespace'>>;
}

/** Gives a kind rules for admission: the generator writes webhook configurations of it, and the webhooks answer by it. */
export function Admission<T extends KubernetesObject & { spec?: object }>(rules: AdmissionRules<T>): ClassDecorator {
  return (target) => markClass(target as unknown as ClassOf, { admission: rules as unknown as AdmissionRules });
}

/** What `@Admission` said; a kind without it has no rules. */
export function admissionOf(target: ClassOf): AdmissionRules {
  return classMarkers(target).admission ?? {};
}
