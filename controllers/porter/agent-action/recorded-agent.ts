import type { Agent } from '../../../api/porter/v1/porter-resource-status.js';
import { AGENT_ACTIONS } from '../../../api/porter/v1/resources.js';
import type { Reader } from '../../../runtime/cache/index.js';
import { BY_INSTALLATION, installationValue } from './indexes.js';
import type { Action } from './launch-facts.js';

/** The agent that ran the installation's last action: another one is a choice that nobody but the user makes. */
export function recordedAgent(action: Action, reader: Reader): Agent | undefined {
  const installation = installationValue(action);
  if (installation === undefined) return undefined;
  return reader
    .byIndex(AGENT_ACTIONS, BY_INSTALLATION, installation)
    .filter(({ metadata, status }) => metadata.uid !== action.metadata.uid && status?.agent !== undefined)
    .toSorted((a, b) => Date.parse(b.status?.startedAt ?? '') - Date.parse(a.status?.startedAt ?? ''))[0]?.status
    ?.agent;
}
