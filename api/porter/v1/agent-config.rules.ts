import type { DeepReadonly, Finding } from '../../../runtime/schema/index.js';
import type { AgentConfig, PluginSpec } from './agent-config.js';

/** Fields of the Go operator that are accepted so that its objects can be kept, and change nothing. */
export function agentConfigWarnings({ spec = {} }: DeepReadonly<AgentConfig>): Finding[] {
  const plugins = Object.entries(spec.pluginConfigFile?.plugins ?? {});
  return [
    ...(spec.retryLimit === undefined || spec.retryLimit === 0 ? [] : [RETRY_LIMIT]),
    ...plugins.flatMap(([name, plugin]) => pluginWarnings(name, plugin)),
  ];
}

const RETRY_LIMIT: Finding = {
  path: ['spec', 'retryLimit'],
  text: 'has no effect: a failed run is made again by a new value of the annotation getporter.org/retry only',
};

function pluginWarnings(name: string, plugin: DeepReadonly<PluginSpec>): Finding[] {
  const ignored = Object.keys(plugin);
  if (ignored.length === 0) return [];
  const text = `has ${ignored.join(', ')} without effect: plugins are not installed, the agent's image must bring them`;
  return [{ path: ['spec', 'pluginConfigFile', 'plugins', name], text }];
}
