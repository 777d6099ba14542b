import { expect } from 'chai';
import { AGENT_CONFIGS, INSTALLATIONS, PORTER_CONFIGS } from '../../api/porter/v1/resources.js';
import { CONFIG_MAPS, JOBS, SECRETS } from '../../runtime/client/index.js';
import { parse } from 'yaml';
import { anAgentConfig, anInstallation } from '../support/builders.js';
import { OPERATOR_NAMESPACE } from '../support/operator.js';
import { agentPods, create, list, until, untilReady, world } from './world.js';

describe('Configuration of agents', () => {
  it('is not needed: without any the defaults run', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const [pod] = agentPods();
    expect(pod?.spec?.containers.find(({ name }) => name === 'porter-agent')?.image).to.equal(
      'registry.test/porterops:test',
    );
    expect(
      await world().api.list(CONFIG_MAPS, {
        namespace: world().namespace,
        labelSelector: 'getporter.org/managed=true',
      }),
    ).to.have.lengthOf(0);
  });

  it('named default in the namespace applies to all that name none', async () => {
    await create(anAgentConfig('default').with({ activeDeadlineSeconds: 99, ttlSecondsAfterFinished: 77 }));
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const [job] = await list(JOBS, 'getporter.org/jobType=porter-agent');
    expect(job?.spec?.activeDeadlineSeconds).to.equal(99);
    await until(JOBS, job?.metadata.name ?? '', ({ spec }) => spec?.ttlSecondsAfterFinished === 77);
  });

  it('that an Installation names wins field by field over the default one', async () => {
    await create(anAgentConfig('default').with({ activeDeadlineSeconds: 99, ttlSecondsAfterFinished: 77 }));
    await create(anAgentConfig('mine').with({ activeDeadlineSeconds: 88 }));
    await create(anInstallation().withAgentConfig('mine'));
    await untilReady(INSTALLATIONS, 'shop');
    const [job] = await list(JOBS, 'getporter.org/jobType=porter-agent');
    expect(job?.spec?.activeDeadlineSeconds).to.equal(88);
    await until(JOBS, job?.metadata.name ?? '', ({ spec }) => spec?.ttlSecondsAfterFinished === 77);
  });

  it('says of itself that it can be used', async () => {
    await create(anAgentConfig('mine'));
    const { status } = await untilReady(AGENT_CONFIGS, 'mine');
    expect(status?.ready).to.equal(true);
  });

  it('changed does not run anything again', async () => {
    await create(anAgentConfig('default').with({ activeDeadlineSeconds: 99 }));
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await world().api.patch(
      AGENT_CONFIGS,
      { namespace: world().namespace, name: 'default' },
      { spec: { activeDeadlineSeconds: 98 } },
    );
    await create(anInstallation('later'));
    await untilReady(INSTALLATIONS, 'later');
    expect(agentPods()).to.have.lengthOf(2);
  });

  it('of Porter in the namespace goes into config.yaml', async () => {
    const metadata = { name: 'default', namespace: world().namespace };
    await world().api.create(PORTER_CONFIGS, { metadata, spec: { verbosity: 'debug' } });
    await untilReady(PORTER_CONFIGS, 'default');
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const config = await porterConfig();
    expect(config['verbosity']).to.equal('debug');
    expect(config['default-storage'], 'the embedded store stays').to.be.a('string');
  });

  it('of Porter names the embedded store with a login of this namespace alone', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const storage = (await porterConfig())['storage'] as { config: { url: string; timeout: number } }[];
    const url = new URL(storage[0]?.config.url ?? '');
    expect(decodeURIComponent(url.username)).to.equal(world().namespace);
    expect(url.hostname).to.equal(`porterops-state-store.${OPERATOR_NAMESPACE}.svc`);
    expect(url.searchParams.get('tls')).to.equal('true');
    expect(storage[0]?.config.timeout).to.be.at.least(60);
  });
});

async function porterConfig(): Promise<Record<string, unknown>> {
  const secrets = await list(SECRETS, 'getporter.org/managed=true');
  const text = secrets.find(({ data }) => data?.['config.yaml'] !== undefined)?.data?.['config.yaml'];
  return parse(Buffer.from(text ?? '', 'base64').toString()) as Record<string, unknown>;
}
