import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { effectiveAgentConfig } from '../config/effective-agent-config.js';
import { agentJob } from './agent-job.js';
import type { AgentRun } from './agent-run.js';
import { LISTENING_PROBE } from './side-program.js';
import { filesSecret } from './files-secret.js';

const LABELS = {
  'getporter.org/managed': 'true',
  'getporter.org/resourceKind': 'AgentAction',
  'getporter.org/resourceName': 'web-1',
  'getporter.org/resourceGeneration': '1',
  'getporter.org/retry': '',
};
const DEFAULTS = {
  agent: 'Porter' as const,
  porterAgentImage: 'ghcr.io/getporter/porter-agent:v1.4.0',
  builtInAgentImage: 'registry.test/porterops:1',
};

function aRun(more: Partial<AgentRun> = {}): AgentRun {
  return {
    namespace: 'shop',
    owner: { apiVersion: 'getporter.org/v1', kind: 'AgentAction', name: 'web-1', uid: 'u-1' },
    names: { job: 'web-1-0123456789', files: 'web-1-0123456789' },
    labels: LABELS,
    annotations: { 'getporter.org/launch': '{}' },
    config: effectiveAgentConfig([], DEFAULTS),
    operatorImage: DEFAULTS.builtInAgentImage,
    args: ['installation', 'apply', 'installation.yaml'],
    documents: { 'installation.yaml': 'bmFtZTogd2Vi' },
    porterConfig: 'verbosity: info\n',
    ca: 'PEM',
    secrets: { files: [{ secret: 'db', key: 'password', path: 'db/password' }], kept: 'values-web' },
    ...more,
  };
}

/** Golden files are read from the sources, not from the compiled tree. */
function golden(name: string): unknown {
  return parse(readFileSync(`controllers/agent-run/job/golden/${name}.yaml`, 'utf8'));
}

describe('agentJob', () => {
  it('is for Porter’s own agent what upstream makes it, and safer', () => {
    expect(agentJob(aRun())).to.deep.equal(golden('porter-agent'));
  });

  it('is for the built-in agent without a shared volume', () => {
    const config = effectiveAgentConfig([{ agent: 'BuiltIn', installationServiceAccount: 'deployer' }], DEFAULTS);
    const run = aRun({ config, dockerConfig: '{}', secrets: undefined });
    expect(agentJob(run)).to.deep.equal(golden('built-in-agent'));
  });

  it('never runs a command of the user twice', () => {
    const config = effectiveAgentConfig([{ agent: 'BuiltIn' }], DEFAULTS);
    expect(agentJob(aRun({ config })).spec).to.have.property('podFailurePolicy');
    expect(agentJob(aRun({ config, command: ['mine'] })).spec).not.to.have.property('podFailurePolicy');
  });

  it('puts what the action asks for after what the operator sets', () => {
    const run = aRun({
      env: [{ name: 'MINE', value: '1' }],
      envFrom: [{ secretRef: { name: 'mine' } }],
      volumes: [{ name: 'mine', emptyDir: {} }],
      volumeMounts: [{ name: 'mine', mountPath: '/mine' }],
      command: ['/bin/other'],
    });
    const { spec } = agentJob(run).spec?.template ?? {};
    const agent = spec?.containers[0];
    expect(agent?.env?.at(-1)?.name).to.equal('MINE');
    expect(agent?.envFrom?.map(({ secretRef }) => secretRef?.name)).to.deep.equal(['porter-env', 'mine']);
    expect(agent?.volumeMounts?.at(-1)?.mountPath).to.equal('/mine');
    expect(spec?.volumes?.at(-1)?.name).to.equal('mine');
    expect(agent?.command).to.deep.equal(['/bin/other']);
  });

  it('names the shared volume’s claim by the Pod, which only the Pod knows', () => {
    const env = agentJob(aRun()).spec?.template.spec?.containers[0]?.env ?? [];
    const names = env.map(({ name }) => name);
    expect(names.indexOf('POD_NAME')).to.be.lessThan(names.indexOf('JOB_VOLUME_NAME'));
    expect(env.find(({ name }) => name === 'JOB_VOLUME_NAME')?.value).to.equal('$(POD_NAME)-porter-shared');
  });

  it('asks for a storage class only where one is named', () => {
    const config = effectiveAgentConfig([{ storageClassName: 'fast', volumeSize: '1Gi' }], DEFAULTS);
    const claim = agentJob(aRun({ config })).spec?.template.spec?.volumes?.[0]?.ephemeral?.volumeClaimTemplate?.spec;
    expect(claim).to.deep.equal({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'fast',
    });
  });

  it('fits the restricted Pod Security Standard, side programs included', () => {
    const { spec } = agentJob(aRun()).spec?.template ?? {};
    expect(spec?.securityContext).to.deep.include({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
      expect(container.securityContext).to.deep.equal({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
  });
});

describe('the program that keeps what an agent makes', () => {
  it('listens before the agent begins, or a fast agent would end before it can be told', () => {
    const keeper = agentJob(aRun()).spec?.template.spec?.initContainers?.find(({ name }) => name === 'secrets-keep');
    expect(keeper).to.deep.include({ restartPolicy: 'Always', startupProbe: LISTENING_PROBE });
  });
});

describe('filesSecret', () => {
  it('holds the configuration, the CA and the documents, and belongs to the action', () => {
    const secret = filesSecret(aRun({ dockerConfig: '{"auths":{}}' }));
    expect(secret.immutable).to.equal(true);
    expect(secret.metadata.ownerReferences?.[0]).to.deep.include({ kind: 'AgentAction', uid: 'u-1', controller: true });
    expect(Object.keys(secret.data ?? {})).to.deep.equal([
      ...['config.yaml', 'ca.crt', 'docker-config.json', 'installation.yaml'],
    ]);
  });

  it('keeps a document apart that is named like something of ours', () => {
    const run = aRun({ documents: { 'config.yaml': 'bWluZQ==' } });
    expect(filesSecret(run).data).to.deep.include({ 'workdir.config.yaml': 'bWluZQ==' });
    const workdir = agentJob(run).spec?.template.spec?.volumes?.find(({ name }) => name === 'porter-workdir');
    expect(workdir?.secret?.items).to.deep.equal([{ key: 'workdir.config.yaml', path: 'config.yaml' }]);
  });
});
