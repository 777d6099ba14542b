import type { AgentAction } from '../../api/porter/v1/agent-action.js';
import { AGENT_ACTIONS } from '../../api/porter/v1/resources.js';
import type { Reader } from '../../runtime/cache/index.js';
import type { DeepReadonly, KubernetesJson, Stored } from '../../runtime/client/index.js';
import { parentOf } from './agent-action.js';

type Action = DeepReadonly<Stored<AgentAction>>;

/** Index of AgentActions by the object that asked for them; the AgentAction's own reconciler keeps it. */
export const BY_PARENT = 'parent';

/** Values of {@link BY_PARENT}. Owners are in the same namespace: who names one of another is none of its runs. */
export function parentValues(action: Action): string[] {
  const parent = parentOf(action);
  return parent === undefined ? [] : [valueOf(action.metadata.namespace, parent.uid)];
}

/** The AgentActions that were created for the object, as the cache knows them. */
export function actionsFor(
  reader: Pick<Reader, 'byIndex'>,
  { metadata }: { readonly metadata: Pick<DeepReadonly<Stored<KubernetesJson>>['metadata'], 'namespace' | 'uid'> },
): readonly Action[] {
  return reader.byIndex(AGENT_ACTIONS, BY_PARENT, valueOf(metadata.namespace, metadata.uid));
}

function valueOf(namespace: string | undefined, uid: string): string {
  return `${namespace ?? ''}/${uid}`;
}
