import { expect } from 'chai';
import { CREDENTIAL_SETS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../../../runtime/client/index.js';
import type { KubernetesJson, Resource } from '../../../runtime/client/index.js';
import { aCredentialSet, anAgentConfig, anInstallation, aParameterSet, aSecret } from '../../support/builders.js';
import { throughout } from '../../support/eventually.js';
import { cannotBeConfigured, cannotPullImage, fitsNowhere, succeeds } from '../../support/pod-plays.js';
import {
  agentCommands,
  annotate,
  condition,
  create,
  hold,
  remove,
  script,
  until,
  untilNotReady,
  untilReady,
  world,
} from '../world.js';

type Quota = KubernetesJson & { status?: { hard?: object } };
const QUOTAS: Resource<Quota> = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
};

/** What stands in the way is named within this time. */
const WITHIN_MS = 30_000;

describe('What stands in the way of a run', () => {
  it('a CredentialSet that does not exist is named, and the run starts when it comes', async () => {
    await create(anInstallation().withCredentialSets('nosuch'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', ['CredentialSetNotFound', 'SetNotReady'], WITHIN_MS);
    expect(ready.message).to.include('nosuch');
    expect(agentCommands()).to.have.lengthOf(0);
    await create(aSecret('token').withValue('s3cret'));
    await create(aCredentialSet('nosuch').withCredential('token', 'token'));
    await untilReady(INSTALLATIONS, 'shop', WITHIN_MS);
  });

  it('a ParameterSet that is not applied yet is waited for', async () => {
    const run = world().player.hold(world().namespace, 'sizes');
    await create(aParameterSet('sizes').withValue('name', 'large'));
    await run.started();
    await create(anInstallation().withParameterSets('sizes'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'SetNotReady', WITHIN_MS);
    expect(ready.message).to.include('sizes');
    run.ends(succeeds());
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.deep.equal(['parameters apply parameters.yaml', 'installation apply installation.yaml']);
  });

  it('a Secret that does not exist is named, and the run starts when it comes', async () => {
    await create(aCredentialSet('aws').withCredential('token', 'nosuch'));
    await untilReady(CREDENTIAL_SETS, 'aws', WITHIN_MS).catch(() => undefined);
    await create(anInstallation().withCredentialSets('aws'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', ['SecretNotFound', 'SetNotReady'], WITHIN_MS);
    expect(ready.message).to.include('nosuch');
    await create(aSecret('nosuch').withValue('s3cret'));
    await untilReady(INSTALLATIONS, 'shop', WITHIN_MS);
  });

  it('a key that a Secret does not have is named', async () => {
    await create(aSecret('token').withValue('s3cret', 'other'));
    await create(aCredentialSet('aws').withCredential('token', 'token/wanted'));
    await create(anInstallation().withCredentialSets('aws'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'SecretNotFound', WITHIN_MS);
    expect(ready.message).to.include('token').and.to.include('wanted');
    const set = await until(CREDENTIAL_SETS, 'aws', (aws) => condition(aws, 'SecretsAvailable')?.status === 'False');
    expect(condition(set, 'SecretsAvailable')?.message).to.include('wanted');
  });

  it('an AgentConfig that does not exist is named, and the run starts when it comes', async () => {
    await create(anInstallation().withAgentConfig('nosuch'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'AgentConfigNotFound', WITHIN_MS);
    expect(ready.message).to.include('nosuch');
    await create(anAgentConfig('nosuch'));
    await untilReady(INSTALLATIONS, 'shop', WITHIN_MS);
  });

  it('a ServiceAccount that does not exist is named', async () => {
    await remove(SERVICE_ACCOUNTS, 'porter-agent');
    await create(anAgentConfig('default').with({ serviceAccount: 'porter-agent' }));
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', ['ServiceAccountNotFound', 'RightsMissing'], WITHIN_MS);
    expect(ready.message).to.include('porter-agent');
  });

  it('a ServiceAccount that agents may not use is refused until an administrator labels it', async () => {
    const key = { namespace: world().namespace, name: 'mighty' };
    await world().api.create(SERVICE_ACCOUNTS, { metadata: key });
    await grantAgentRights(key);
    await create(anAgentConfig('default').with({ serviceAccount: 'mighty' }));
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'ServiceAccountNotAllowed', WITHIN_MS);
    expect(ready.message).to.include('mighty').and.to.include('getporter.org/agent-service-account');
    expect(agentCommands()).to.have.lengthOf(0);
    const labels = { 'getporter.org/agent-service-account': 'true' };
    await world().api.patch(SERVICE_ACCOUNTS, key, { metadata: { labels } });
    await untilReady(INSTALLATIONS, 'shop', WITHIN_MS);
  });

  it('an image that cannot be pulled is named', async () => {
    script(cannotPullImage('registry.test/porterops:test'));
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'ImagePullFailed', WITHIN_MS);
    expect(ready.message).to.include('registry.test/porterops:test');
  });

  it('a Pod for which no node has room is named', async () => {
    script(fitsNowhere());
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'Unschedulable', WITHIN_MS);
    expect(ready.message).to.include('Insufficient cpu');
  });

  it('a container that cannot be configured is named', async () => {
    script(cannotBeConfigured("couldn't find key token in Secret dev/aws"));
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'PodConfigInvalid', WITHIN_MS);
    expect(ready.message).to.include('token');
  });

  it('Pod Security does not stand in the way, not even the restricted one', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await world().api.patch(NAMESPACES, { name: world().namespace }, { metadata: { labels } });
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
  });

  it('a Pod that the cluster refuses is told with the words of the cluster', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'tight' },
      spec: { hard: { pods: '0' } },
    };
    const path = `/api/v1/namespaces/${world().namespace}/resourcequotas`;
    await world().api.call('POST', path, { body: quota });
    await until(QUOTAS, 'tight', ({ status }) => status?.hard !== undefined);
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'PodRefused', WITHIN_MS);
    expect(ready.message).to.include('tight');
  });

  it('what the author of an Installation is told, is told on the AgentAction too', async () => {
    script(fitsNowhere());
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'Unschedulable', WITHIN_MS);
    const shop = await until(INSTALLATIONS, 'shop', ({ status }) => status?.action?.name !== undefined);
    expect(condition(shop, 'Stalled')?.status).to.equal('False', 'a node may come');
  });

  it('a retry while the Pod is stuck does not start a second agent beside it', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    await annotate(INSTALLATIONS, 'shop', 'getporter.org/retry', 'impatient');
    await throughout(1500, () => expect(agentCommands()).to.have.lengthOf(1));
    run.ends(succeeds());
    await until(INSTALLATIONS, 'shop', ({ status }) => status?.retry === 'impatient' && status.phase === 'Succeeded');
    expect(agentCommands().length).to.be.at.most(2);
  });
});

/** As an administrator does for an account of his own. */
async function grantAgentRights({ namespace, name }: { namespace: string; name: string }): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const body = {
    apiVersion: `${group}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `porter-agent-${name}` },
    roleRef: { apiGroup: group, kind: 'Role', name: 'porter-agent' },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
  await world().api.call('POST', `/apis/${group}/v1/namespaces/${namespace}/rolebindings`, { body });
}
