import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import {
  AGENT_ACTIONS,
  AGENT_CONFIGS,
  CREDENTIAL_SETS,
  INSTALLATION_OUTPUTS,
  INSTALLATIONS,
  PARAMETER_SETS,
  PORTER_CONFIGS,
} from '../../../api/porter/v1/resources.js';
import type { KubernetesJson, Resource } from '../../../runtime/client/index.js';
import { KINDS } from '../../support/kinds.js';
import { world } from '../world.js';
import { dryCreate } from './dry-run.js';

const FOLDER = 'config/samples';
/** Nobody writes an InstallationOutput by hand. */
const RESOURCES = KINDS.filter((kind) => kind !== INSTALLATION_OUTPUTS);

/** Objects as they are found in repositories of users of the Go operator: every field that it had. */
const OF_THE_GO_OPERATOR: readonly (readonly [Resource, object])[] = [
  [
    INSTALLATIONS,
    {
      schemaVersion: '1.0.2',
      agentConfig: { name: 'customized' },
      name: 'hello-llama',
      namespace: 'operator',
      uninstalled: false,
      bundle: { repository: 'ghcr.io/getporter/examples/hello-llama', version: '0.1.1', tag: 'v0.1.1' },
      labels: { team: 'redteam' },
      parameters: { name: 'quickstart', replicas: 3, nested: { list: [1, 'two', { three: true }], nothing: null } },
      credentialSets: ['aws'],
      parameterSets: ['sizes'],
    },
  ],
  [
    INSTALLATIONS,
    { schemaVersion: '1.0.2', name: 'global', namespace: '', bundle: { repository: 'getporter/hello', tag: 'latest' } },
  ],
  [
    CREDENTIAL_SETS,
    {
      schemaVersion: '1.0.1',
      agentConfig: {},
      name: 'aws',
      namespace: 'operator',
      credentials: [{ name: 'AWS_SECRET', source: { secret: 'Aws_Secret.Key' } }],
    },
  ],
  [
    PARAMETER_SETS,
    {
      schemaVersion: '1.0.1',
      name: 'sizes',
      namespace: '',
      parameters: [
        { name: 'size', source: { value: 'large' } },
        { name: 'password', source: { secret: 'pwd' } },
      ],
    },
  ],
  [
    AGENT_ACTIONS,
    {
      agentConfig: { name: 'customized' },
      command: ['/app/.porter/agent'],
      args: ['credentials', 'apply', 'credentials.yaml'],
      files: { 'credentials.yaml': Buffer.from('name: aws').toString('base64') },
      env: [
        { name: 'A', value: 'b' },
        { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: true } } },
      ],
      envFrom: [{ prefix: 'P_', secretRef: { name: 'all' } }],
      volumeMounts: [{ name: 'extra', mountPath: '/extra', readOnly: true }],
      volumes: [{ name: 'extra', emptyDir: { sizeLimit: '1Mi' } }],
    },
  ],
  [
    AGENT_CONFIGS,
    {
      porterRepository: 'ghcr.io/getporter/porter-agent',
      porterVersion: 'v1.0.14',
      serviceAccount: 'porter-agent',
      installationServiceAccount: '',
      storageClassName: 'fast',
      volumeSize: '64Mi',
      ttlSecondsAfterFinished: 600,
      pullPolicy: 'Always',
      retryLimit: 2,
      pluginConfigFile: {
        schemaVersion: '1.0.0',
        plugins: { kubernetes: { version: 'v1.0.0', feedURL: 'https://feed.test/atom.xml' } },
      },
    },
  ],
  [
    PORTER_CONFIGS,
    {
      verbosity: 'debug',
      namespace: 'operator',
      experimental: ['build-drivers'],
      'build-driver': 'buildkit',
      'default-storage': 'in-cluster-mongodb',
      'default-secrets': 'keyvault',
      'default-storage-plugin': 'mongodb',
      'default-secrets-plugin': 'kubernetes.secrets',
      storage: [{ name: 'in-cluster-mongodb', plugin: 'mongodb', config: { url: 'mongodb://mongodb.test' } }],
      secrets: [{ name: 'keyvault', plugin: 'azure.keyvault', config: { vault: 'v', 'subscription-id': 's' } }],
      telemetry: {
        enabled: true,
        protocol: 'grpc',
        insecure: true,
        headers: { a: 'b' },
        'start-timeout': '100ms',
        'redirect-to-file': 'x',
      },
    },
  ],
  [INSTALLATION_OUTPUTS, { name: 'hello-llama', namespace: 'operator' }],
];

function readSample(file: string): KubernetesJson {
  return parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as KubernetesJson;
}

describe('The samples', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.startsWith('porter_'))) {
    it(`${file} is accepted as it stands, without a warning`, async () => {
      const sample = readSample(file);
      const resource = RESOURCES.find(({ kind }) => kind === sample.kind);
      if (resource === undefined) throw new Error(`${file} is of an unknown kind`);
      const before = world().api.warnings.length;
      expect((await dryCreate(resource, sample)).refused).to.equal(undefined);
      expect(world().api.warnings.slice(before)).to.deep.equal([]);
    });
  }

  it('are all in the kustomization, but for the action that needs an installed bundle', () => {
    const { resources } = parse(readFileSync(`${FOLDER}/kustomization.yaml`, 'utf8')) as { resources: string[] };
    const files = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml');
    expect([...resources, 'porter_v1_agentaction.yaml'].sort()).to.deep.equal(files.sort());
  });

  it('name no namespace, so that the user chooses one', () => {
    const files = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml');
    expect(files.map((file) => readSample(file).metadata.namespace)).to.deep.equal(files.map(() => undefined));
  });
});

describe('Objects written for the Go operator', () => {
  for (const [resource, spec] of OF_THE_GO_OPERATOR) {
    it(`are accepted and keep every field: ${resource.kind} ${JSON.stringify(spec).slice(0, 40)}…`, async () => {
      const { accepted, refused } = await dryCreate(resource, { metadata: { name: 'before' }, spec });
      expect(refused).to.equal(undefined);
      const {
        historyLimit: _limit,
        onNamespaceDeletion: _policy,
        ...kept
      } = (accepted as unknown as { spec: Record<string, unknown> }).spec;
      expect(kept).to.deep.equal(withDefaults(spec));
    });
  }
});

/** What the schema itself fills in. */
function withDefaults(spec: object): object {
  return 'agentConfig' in spec ? { ...spec, agentConfig: { name: '', ...(spec.agentConfig as object) } } : spec;
}
