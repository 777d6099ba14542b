import type { Resource } from '../../runtime/client/index.js';

export const NODES: Resource = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  namespaced: false,
};
