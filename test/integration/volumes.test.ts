import { expect } from 'chai';
import { AGENT_ACTIONS } from '../../api/porter/v1/resources.js';
import { PODS } from '../../runtime/client/index.js';
import type { Pod, Stored } from '../../runtime/client/index.js';
import { anAgentAction } from '../support/builders.js';
import { eventually } from '../support/eventually.js';
import { condition, create, list, script, until, untilNotReady, world } from './world.js';

const MESSAGE = 'MountVolume.SetUp failed for volume "settings" : configmap "nosuch" not found';

describe('A volume that cannot be mounted', () => {
  it('is named in status, and passes when it can', async () => {
    script({ stuck: 'Waiting', reason: 'ContainerCreating', message: '' });
    await create(anAgentAction('status', 'invoke', 'shop'));
    const pod = await eventually('the Pod waits', async () =>
      (await list(PODS)).find(({ status }) => status?.containerStatuses !== undefined),
    );
    await say(pod, 'FailedMount', MESSAGE);
    const ready = await untilNotReady(AGENT_ACTIONS, 'status', 'PodConfigInvalid');
    expect(ready.message).to.equal(`Pod ${pod.metadata.name} waits for its volumes: ${MESSAGE}`);
    await say(pod, 'Pulling', 'Pulling image');
    const isPending = (action: Parameters<typeof condition>[0]) =>
      condition(action, 'Ready')?.reason === 'AgentPending';
    await until(AGENT_ACTIONS, 'status', isPending);
  });
});

/** As a kubelet does. */
async function say({ metadata }: Stored<Pod>, reason: string, message: string): Promise<void> {
  const { namespace, name, uid } = metadata;
  const now = new Date().toISOString();
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${name}-` },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
    ...{ reason, message, type: 'Warning', count: 1, firstTimestamp: now, lastTimestamp: now },
    source: { component: 'kubelet' },
  };
  await world().api.call('POST', `/api/v1/namespaces/${namespace}/events`, { body });
}
