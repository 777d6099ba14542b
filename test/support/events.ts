import type { CoreEvent, Resource } from '../../runtime/client/index.js';

/** Events as kubectl shows them; those written through events.k8s.io are among them. */
export const EVENTS: Resource<CoreEvent> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};
