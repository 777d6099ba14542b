import type { ObjectMeta } from '../client/index.js';

/**
 * What every kind of ours has in common. Its three fields are the API server's own: they carry no decorators, and the
 * generator writes them as every CustomResourceDefinition has them.
 */
export abstract class KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata!: ObjectMeta;
}
