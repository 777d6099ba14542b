import { expect } from 'chai';
import { AGENT_ACTIONS, CREDENTIAL_SETS, INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { JOBS, NAMESPACES, PODS, SERVICE_ACCOUNTS } from '../../../runtime/client/index.js';
import type { KubernetesJson, Resource } from '../../../runtime/client/index.js';
import { aCredentialSet, anAgentConfig, anInstallation, aParameterSet, aSecret } from '../../support/builders.js';
import { eventually } from '../../support/eventually.js';
import { KubeError } from '../../support/kube-api.js';
import { cannotBeConfigured, cannotPullImage, fitsNowhere, succeeds } from '../../support/pod-plays.js';
import {
  afterOperatorHasLooked,
  agentCommands,
  agentPods,
  annotate,
  bundleScript,
  condition,
  create,
  get,
  hold,
  list,
  remove,
  runsOf,
  script,
  until,
  untilGone,
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

/** Lets the namespace take restricted Pods only, and waits until the API server heeds it. */
async function restrictPods(): Promise<void> {
  const { api, namespace } = world();
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await api.patch(NAMESPACES, { name: namespace }, { metadata: { labels } });
  const body = { metadata: { name: 'bare' }, spec: { containers: [{ name: 'bare', image: 'registry.test/bare' }] } };
  await eventually('a bare Pod is refused', async () => {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const answer = await api.call('POST', path, { query: { dryRun: 'All' }, body }).catch((error: unknown) => error);
    return answer instanceof KubeError && answer.code === 403;
  });
}

async function bundleJobName(): Promise<string> {
  const [job] = await list(JOBS, 'getporter.org/jobType=bundle-installer');
  return job?.metadata.name ?? 'there is no bundle Job';
}

describe('What stands in the way of a run', () => {
  it('a CredentialSet that does not exist is named, and the run starts when it comes', async () => {
    await create(anInstallation().withCredentialSets('nosuch'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'CredentialSetNotFound');
    expect(ready.message).to.include('nosuch');
    expect(agentCommands()).to.have.lengthOf(0);
    await create(aSecret('token').withValue('s3cret'));
    await create(aCredentialSet('nosuch').withCredential('token', 'token'));
    await untilReady(INSTALLATIONS, 'shop');
  });

  it('a ParameterSet that is not applied yet is waited for', async () => {
    const run = world().player.hold(world().namespace, 'sizes');
    await create(aParameterSet('sizes').withValue('name', 'large'));
    await run.started();
    await create(anInstallation().withParameterSets('sizes'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'SetNotReady');
    expect(ready.message).to.include('sizes');
    run.ends(succeeds());
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.deep.equal(['parameters apply parameters.yaml', 'installation apply installation.yaml']);
  });

  it('a Secret that does not exist is named, and the run starts when it comes', async () => {
    await create(aCredentialSet('aws').withCredential('token', 'nosuch'));
    await untilReady(CREDENTIAL_SETS, 'aws');
    await create(anInstallation().withCredentialSets('aws'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'SecretNotFound');
    expect(ready.message).to.include('nosuch');
    await create(aSecret('nosuch').withValue('s3cret'));
    await untilReady(INSTALLATIONS, 'shop');
  });

  it('a key that a Secret does not have is named', async () => {
    await create(aSecret('token').withValue('s3cret', 'other'));
    await create(aCredentialSet('aws').withCredential('token', 'token/wanted'));
    await create(anInstallation().withCredentialSets('aws'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'SecretNotFound');
    expect(ready.message).to.include('token').and.to.include('wanted');
    const set = await until(CREDENTIAL_SETS, 'aws', (aws) => condition(aws, 'SecretsAvailable')?.status === 'False');
    expect(condition(set, 'SecretsAvailable')?.message).to.include('wanted');
  });

  it('an AgentConfig that does not exist is named, and the run starts when it comes', async () => {
    await create(anInstallation().withAgentConfig('nosuch'));
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'AgentConfigNotFound');
    expect(ready.message).to.include('nosuch');
    await create(anAgentConfig('nosuch'));
    await untilReady(INSTALLATIONS, 'shop');
  });

  it('a ServiceAccount that does not exist is named', async () => {
    await remove(SERVICE_ACCOUNTS, 'porter-agent');
    await create(anAgentConfig('default').with({ serviceAccount: 'porter-agent' }));
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'ServiceAccountNotFound');
    expect(ready.message).to.include('porter-agent');
  });

  it('a ServiceAccount that agents may not use is refused until an administrator labels it', async () => {
    const key = { namespace: world().namespace, name: 'mighty' };
    await world().api.create(SERVICE_ACCOUNTS, { metadata: key });
    await grantAgentRights(key);
    await create(anAgentConfig('default').with({ serviceAccount: 'mighty' }));
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'ServiceAccountNotAllowed');
    expect(ready.message).to.include('mighty').and.to.include('getporter.org/agent-service-account');
    expect(agentCommands()).to.have.lengthOf(0);
    const labels = { 'getporter.org/agent-service-account': 'true' };
    await world().api.patch(SERVICE_ACCOUNTS, key, { metadata: { labels } });
    await untilReady(INSTALLATIONS, 'shop');
  });

  it('an image that cannot be pulled is named', async () => {
    script(cannotPullImage('registry.test/porterops:test'));
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'ImagePullFailed');
    expect(ready.message).to.include('registry.test/porterops:test');
  });

  it('a Pod for which no node has room is named', async () => {
    script(fitsNowhere());
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'Unschedulable');
    expect(ready.message).to.include('Insufficient cpu');
  });

  it('a container that cannot be configured is named', async () => {
    script(cannotBeConfigured("couldn't find key token in Secret dev/aws"));
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'PodConfigInvalid');
    expect(ready.message).to.include('token');
  });

  it('Pod Security does not stand in the way of an agent, not even the restricted one', async () => {
    await restrictPods();
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('a bundle’s Pod that Pod Security refuses is told with its words while the agent waits for it', async () => {
    await restrictPods();
    world().porter.leaveBundlesUnconfined(world().namespace);
    const run = hold();
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'PodRefused');
    expect(ready.message).to.include('PodSecurity "restricted').and.to.include('runAsNonRoot');
    expect(ready.message).to.include(await bundleJobName());
    run.ends(succeeds());
    await untilReady(INSTALLATIONS, 'shop');
  });

  it('a bundle’s image that cannot be pulled is named while the agent waits for it', async () => {
    bundleScript(cannotPullImage('registry.test/hello'));
    const run = hold();
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'ImagePullFailed');
    expect(ready.message)
      .to.include('registry.test/hello')
      .and.to.include(await bundleJobName());
    run.ends(succeeds());
    await untilReady(INSTALLATIONS, 'shop');
  });

  it('a bundle’s Pod for which no node has room is named while the agent waits for it', async () => {
    bundleScript(fitsNowhere());
    const run = hold();
    await create(anInstallation());
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'Unschedulable');
    expect(ready.message)
      .to.include('Insufficient cpu')
      .and.to.include(await bundleJobName());
    run.ends(succeeds());
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
    const ready = await untilNotReady(INSTALLATIONS, 'shop', 'PodRefused');
    expect(ready.message).to.include('tight');
  });

  it('what the author of an Installation is told, is told on the AgentAction too', async () => {
    script(fitsNowhere());
    await create(anInstallation());
    const told = await untilNotReady(INSTALLATIONS, 'shop', 'Unschedulable');
    const shop = await get(INSTALLATIONS, 'shop');
    const ready = await untilNotReady(AGENT_ACTIONS, shop.status?.action?.name ?? '', 'Unschedulable');
    expect(ready.message).to.include('Insufficient cpu').and.to.equal(told.message);
    expect(condition(shop, 'Stalled')?.status).to.equal('False', 'a node may come');
  });

  it('a stuck Pod is taken back by a retry before another agent starts', async () => {
    script(cannotPullImage('registry.test/porterops:test'));
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'ImagePullFailed');
    const [stuck] = agentPods();
    await annotate(INSTALLATIONS, 'shop', 'getporter.org/retry', 'impatient');
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentCommands()).to.have.lengthOf(2);
    await untilGone(PODS, stuck?.metadata.name ?? '');
    expect(await runsOf('shop')).to.have.lengthOf(1);
  });

  it('a retry while an agent runs does not start a second one beside it, but after it', async () => {
    const run = hold();
    await create(anInstallation());
    await run.started();
    await annotate(INSTALLATIONS, 'shop', 'getporter.org/retry', 'impatient');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
    run.ends(succeeds());
    await until(INSTALLATIONS, 'shop', ({ status }) => status?.retry === 'impatient' && status.phase === 'Succeeded');
    expect(agentCommands()).to.have.lengthOf(2);
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install']);
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
