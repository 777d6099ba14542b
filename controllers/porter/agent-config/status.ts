import type { AgentConfig, AgentConfigStatus } from '../../../api/porter/v1/agent-config.js';
import type { Snapshot } from '../../../runtime/reconciler/index.js';
import { done } from '../../../runtime/reconciler/index.js';
import type { Condition } from '../../../runtime/status/index.js';
import { kstatusConditions, mergeConditions, timestamp } from '../../../runtime/status/index.js';
import type { EffectiveAgentConfig } from '../../agent-run/config/effective-agent-config.js';

/** An AgentConfig and what it alone, over the operator's defaults, comes to. */
export interface AgentConfigSnapshot extends Snapshot<AgentConfig> {
  readonly effective: EffectiveAgentConfig;
}

/** Says whether the plugins that are named will be there. */
const PLUGINS = 'PluginsAvailable';

/** Pure: the whole status. */
export function describeAgentConfig(snapshot: AgentConfigSnapshot): AgentConfigStatus {
  const { object, now, effective } = snapshot;
  const previous = object.status?.conditions;
  const { generation } = object.metadata;
  const ready = {
    reason: 'Configured',
    message: `Agents run ${effective.image} as ServiceAccount ${effective.serviceAccount}.`,
  };
  const kstatus = kstatusConditions({ outcome: done(), generation, now, previous, ready });
  const others = previous?.filter(({ type }) => type !== PLUGINS);
  return {
    observedGeneration: generation,
    ready: true,
    phase: 'Succeeded',
    conditions: mergeConditions(others, [...kstatus, ...pluginsCondition(snapshot)]),
  };
}

/** Plugins are not installed, they are expected: the agent's image must bring them. */
function pluginsCondition({ object, now, effective }: AgentConfigSnapshot): Condition[] {
  const { plugins, image } = effective;
  if (plugins.length === 0) return [];
  const before = object.status?.conditions?.find(({ type }) => type === PLUGINS);
  return [
    {
      type: PLUGINS,
      status: 'Unknown',
      reason: 'ExpectedInImage',
      message: `Plugins are not installed, only used: see that image ${image} brings ${plugins.join(', ')}.`,
      lastTransitionTime: before?.lastTransitionTime ?? timestamp(now),
      observedGeneration: object.metadata.generation,
    },
  ];
}
