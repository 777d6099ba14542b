import type { KubernetesJson, Resource } from '../../runtime/client/index.js';
import type { Condition } from '../../runtime/status/index.js';

/** A kind of its own for tests of the runtime, which knows none of the product's. */
export type Widget = KubernetesJson & {
  spec: { size: number };
  status?: { size?: number; conditions?: Condition[] };
};

export const WIDGETS: Resource<Widget> = {
  group: 'example.test',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};

/** A Widget of size 1 in namespace `default`. */
export function aWidget(name: string, more: Partial<Widget['metadata']> & { size?: number } = {}): Widget {
  const { size = 1, ...metadata } = more;
  return { metadata: { namespace: 'default', name, ...metadata }, spec: { size } };
}
