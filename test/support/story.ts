import { AGENT_ACTIONS, CREDENTIAL_SETS, INSTALLATIONS, PARAMETER_SETS } from '../../api/porter/v1/resources.js';
import { JOBS, PODS } from '../../runtime/client/index.js';
import type { KubernetesJson, Resource } from '../../runtime/client/index.js';
import { EVENTS } from './events.js';
import type { KubeApi } from './kube-api.js';

const TOLD: readonly Resource[] = [INSTALLATIONS, CREDENTIAL_SETS, PARAMETER_SETS, AGENT_ACTIONS, JOBS, PODS];

/** What a namespace looks like, for whoever reads about a failed test. */
export async function storyOf(api: KubeApi, namespace: string): Promise<string> {
  const lines: string[] = [];
  for (const resource of TOLD) {
    const objects = await api.list(resource, { namespace }).catch(() => []);
    for (const object of objects as (KubernetesJson & { status?: unknown })[]) {
      const { name, generation, deletionTimestamp, finalizers, annotations } = object.metadata;
      const facts = { generation, deletionTimestamp, finalizers, annotations, status: object.status };
      lines.push(`${resource.kind} ${name} ${JSON.stringify(facts)}`);
    }
  }
  const events = await api.list(EVENTS, { namespace }).catch(() => []);
  for (const event of events) {
    lines.push(
      `Event ${event.involvedObject.kind}/${event.involvedObject.name} ${event.type} ${event.reason}: ${event.message}`,
    );
  }
  return lines.join('\n');
}
