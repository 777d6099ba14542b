import type { Resource } from '../../runtime/client/index.js';

export const NODES: Resource = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  namespaced: false,
};

/** The node that Pods are bound to when somebody asks for their logs. */
export const PLAYED_NODE = 'played';
