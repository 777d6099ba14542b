import { expect } from 'chai';
import {
  AGENT_ACTIONS,
  AGENT_CONFIGS,
  CREDENTIAL_SETS,
  INSTALLATIONS,
  PARAMETER_SETS,
  PORTER_CONFIGS,
} from '../../../api/porter/v1/resources.js';
import type { Resource } from '../../../runtime/client/index.js';
import { anInstallation, aCredentialSet, aParameterSet } from '../../support/builders.js';
import { create } from '../world.js';
import { dryCreate, dryPatch } from './dry-run.js';

type Spec = Record<string, unknown>;
/** What is wrong, with which fields, where the answer points and what it says. */
type Row = readonly [what: string, fields: Spec, path: string, says?: string];

const DIGEST = `sha256:${'a'.repeat(64)}`;
const installation = {
  name: 'shop',
  namespace: 'dev',
  bundle: { repository: 'registry.test/hello', version: '0.3.0' },
};
const bundle = (fields: Spec): Spec => ({ bundle: { repository: 'registry.test/hello', version: '0.3.0', ...fields } });
const credentials = (...list: unknown[]): Spec => ({ credentials: list });
const parameters = (...list: unknown[]): Spec => ({ parameters: list });
const volume = (source: Spec): Spec => ({ volumes: [{ name: 'v', ...source }] });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const INSTALLATION_ROWS: readonly Row[] = [
  ['without a bundle', { bundle: undefined }, 'spec.bundle', 'Required value'],
  ['without a name', { name: undefined }, 'spec.name', 'Required value'],
  ['without a Porter namespace', { namespace: undefined }, 'spec.namespace', 'Required value'],
  ['with an empty name', { name: '' }, 'spec.name'],
  ['with a blank name', { name: '   ' }, 'spec.name', 'a Porter name has letters'],
  ['with a name that would be a flag', { name: '--force' }, 'spec.name', 'does not begin with a dash'],
  ['with an emoji in the name', { name: 'shop🛒' }, 'spec.name', 'a Porter name has letters'],
  ['with a right-to-left mark in the name', { name: 'shop\u200f' }, 'spec.name', 'a Porter name has letters'],
  ['with a line break in the name', { name: 'shop\nnamespace: prod' }, 'spec.name', 'a Porter name has letters'],
  ['with a name of 254 characters', { name: 'a'.repeat(254) }, 'spec.name', '253'],
  ['with a name that is a number', { name: 42 }, 'spec.name', 'string'],
  ['with a path as Porter namespace', { namespace: '../prod' }, 'spec.namespace', 'a Porter namespace is empty'],
  [
    'with another schema version',
    { schemaVersion: '1.0.0' },
    'spec.schemaVersion',
    'Porter accepts schemaVersion 1.0.2 only',
  ],
  ['with an empty schema version', { schemaVersion: '' }, 'spec.schemaVersion', '1.0.2'],
  ['without the bundle’s repository', bundle({ repository: undefined }), 'spec.bundle.repository', 'Required value'],
  ['with neither version, digest nor tag', bundle({ version: undefined }), 'spec.bundle', 'set version, digest or tag'],
  [
    'with empty version, digest and tag',
    bundle({ version: '', digest: '', tag: '' }),
    'spec.bundle',
    'set version, digest or tag',
  ],
  ['with a digest that is cut off', bundle({ digest: 'sha256:abc' }), 'spec.bundle.digest', '64 hexadecimal digits'],
  [
    'with a digest in capitals',
    bundle({ digest: DIGEST.toUpperCase() }),
    'spec.bundle.digest',
    '64 hexadecimal digits',
  ],
  ['with a version that is none', bundle({ version: 'latest' }), 'spec.bundle.version', 'use the field tag'],
  ['with a version that is a number', bundle({ version: 1.1 }), 'spec.bundle.version', 'string'],
  ['with a slash in the tag', bundle({ tag: 'a/b' }), 'spec.bundle.tag', 'a tag has'],
  [
    'with capitals in the repository',
    bundle({ repository: 'registry.test/Hello' }),
    'spec.bundle.repository',
    'lower case',
  ],
  ['with a scheme', bundle({ repository: 'https://registry.test/hello' }), 'spec.bundle.repository', 'without scheme'],
  [
    'with a user and password',
    bundle({ repository: 'user:pass@registry.test/hello' }),
    'spec.bundle.repository',
    'without scheme, user',
  ],
  [
    'with a digest in the repository',
    bundle({ repository: `registry.test/hello@${DIGEST}` }),
    'spec.bundle.repository',
    'its own field',
  ],
  [
    'with a tag in the repository',
    bundle({ repository: 'registry.test/hello:v1' }),
    'spec.bundle.repository',
    'its own field',
  ],
  [
    'with two dots in the repository',
    bundle({ repository: 'localhost/../hello' }),
    'spec.bundle.repository',
    'a repository is written',
  ],
  ['with a list of parameters', { parameters: ['a=b'] }, 'spec.parameters', 'object'],
  [
    'with 1001 parameters',
    { parameters: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`p${i}`, i])) },
    'spec.parameters',
    '1000',
  ],
  ['with a text for a list of sets', { credentialSets: 'aws' }, 'spec.credentialSets', 'array'],
  ['with a set whose name would be a flag', { credentialSets: ['-n'] }, 'spec.credentialSets[0]', 'a Porter name'],
  ['with a set without a name', { parameterSets: [''] }, 'spec.parameterSets[0]'],
  ['with a label that is no text', { labels: { size: 3 } }, 'spec.labels.size', 'string'],
  ['with a text for a switch', { uninstalled: 'yes' }, 'spec.uninstalled', 'boolean'],
  ['with a negative history', { historyLimit: -1 }, 'spec.historyLimit', 'greater than or equal to 0'],
  ['with a fraction of a history', { historyLimit: 1.5 }, 'spec.historyLimit', 'integer'],
  [
    'with a policy in other letters',
    { onNamespaceDeletion: 'Orphan' },
    'spec.onNamespaceDeletion',
    'Unsupported value',
  ],
  [
    'with an AgentConfig of another namespace',
    { agentConfig: { name: 'ns-b/big' } },
    'spec.agentConfig.name',
    'a name of a Kubernetes object',
  ],
  ['with a field misspelt', { bundel: {} }, 'spec.bundel', 'unknown field'],
];

const CREDENTIAL_SET_ROWS: readonly Row[] = [
  ['without credentials', { credentials: undefined }, 'spec.credentials', 'Required value'],
  [
    'with a credential without a source',
    credentials({ name: 'token' }),
    'spec.credentials[0].source',
    'Required value',
  ],
  [
    'with an empty source',
    credentials({ name: 'token', source: {} }),
    'spec.credentials[0].source',
    'set source.secret',
  ],
  ['with an empty Secret', credentials({ name: 'token', source: { secret: '' } }), 'spec.credentials[0].source.secret'],
  [
    'with a source of a laptop',
    credentials({ name: 'token', source: { env: 'TOKEN' } }),
    'spec.credentials[0].source.env',
    'unknown field',
  ],
  [
    'with an absolute path',
    credentials({ name: 'token', source: { secret: '/etc/passwd' } }),
    'spec.credentials[0].source.secret',
    'no leading',
  ],
  [
    'with a way out of the folder',
    credentials({ name: 'token', source: { secret: 'a/../../b' } }),
    'spec.credentials[0].source.secret',
    '. and ..',
  ],
  [
    'with a credential twice',
    credentials({ name: 't', source: { secret: 'a' } }, { name: 't', source: { secret: 'b' } }),
    'spec.credentials[1]',
    'Duplicate value',
  ],
  [
    'with a version of another document',
    { schemaVersion: '1.0.2' },
    'spec.schemaVersion',
    'Porter accepts schemaVersion 1.0.1 only',
  ],
];

const PARAMETER_SET_ROWS: readonly Row[] = [
  [
    'with two sources',
    parameters({ name: 'p', source: { secret: 's', value: 'v' } }),
    'spec.parameters[0].source',
    'either source.secret or source.value',
  ],
  [
    'with no source',
    parameters({ name: 'p', source: {} }),
    'spec.parameters[0].source',
    'either source.secret or source.value',
  ],
  [
    'with a number as value',
    parameters({ name: 'p', source: { value: 3 } }),
    'spec.parameters[0].source.value',
    'string',
  ],
  ['with a parameter without a name', parameters({ name: '', source: { value: 'v' } }), 'spec.parameters[0].name'],
  ['with a version that Porter never had', { schemaVersion: '2.0.0' }, 'spec.schemaVersion', '1.0.1'],
];

const AGENT_ACTION_ROWS: readonly Row[] = [
  ['that runs nothing', { args: undefined }, 'spec', 'say what to run'],
  ['with a text for a list of arguments', { args: 'porter list' }, 'spec.args', 'array'],
  ['with an argument of 128 KiB', { args: ['a'.repeat(131072)] }, 'spec.args[0]', '131071'],
  ['with 600 KiB of arguments', { args: Array.from({ length: 6 }, () => 'a'.repeat(100_000)) }, 'spec.args', '512 KiB'],
  ['with a file outside the folder', { files: { '../../etc/x': base64('x') } }, 'spec.files', 'a file name has'],
  ['with a file in a folder', { files: { 'a/b': base64('x') } }, 'spec.files', 'a file name has'],
  [
    'with a file that a volume uses itself',
    { files: { '..data': base64('x') } },
    'spec.files',
    'does not begin with two dots',
  ],
  ['with a file that is not base64', { files: { a: 'not base64!' } }, 'spec.files.a', 'byte'],
  ['with a path of the node', volume({ hostPath: { path: '/' } }), 'spec.volumes', 'hostPath reaches into the node'],
  ['with a share of its own', volume({ nfs: { server: 's', path: '/' } }), 'spec.volumes', 'persistentVolumeClaim'],
  [
    'with a volume of the operator',
    { volumes: [{ name: 'porter-config', emptyDir: {} }] },
    'spec.volumes',
    'choose another name',
  ],
  ['with a volume without a name', { volumes: [{ emptyDir: {} }] }, 'spec.volumes[0].name', 'Required value'],
  [
    'with a code loader in the environment',
    { env: [{ name: 'LD_PRELOAD', value: '/x.so' }] },
    'spec.env',
    'LD_PRELOAD',
  ],
  ['with a hint that leads out', { secrets: ['../x'] }, 'spec.secrets', '. and ..'],
  [
    'on an installation without a name',
    { installation: { namespace: '' } },
    'spec.installation.name',
    'Required value',
  ],
];

const AGENT_CONFIG_ROWS: readonly Row[] = [
  [
    'with a negative time to live',
    { ttlSecondsAfterFinished: -1 },
    'spec.ttlSecondsAfterFinished',
    'greater than or equal to 0',
  ],
  ['with a huge number of retries', { retryLimit: 3_000_000_000 }, 'spec.retryLimit', 'int32'],
  [
    'with a deadline of nothing',
    { activeDeadlineSeconds: 0 },
    'spec.activeDeadlineSeconds',
    'greater than or equal to 1',
  ],
  ['with a size that is none', { volumeSize: '5 minutes' }, 'spec.volumeSize', 'such as 64Mi'],
  ['with an agent in other letters', { agent: 'builtin' }, 'spec.agent', 'Unsupported value'],
  ['with a pull policy that is none', { pullPolicy: 'Sometimes' }, 'spec.pullPolicy', 'Unsupported value'],
  [
    'with a ServiceAccount of another namespace',
    { serviceAccount: 'kube-system/admin' },
    'spec.serviceAccount',
    'a name of a Kubernetes object',
  ],
  [
    'with another version of the plugins',
    { pluginConfigFile: { schemaVersion: '9' } },
    'spec.pluginConfigFile.schemaVersion',
    '1.0.0',
  ],
  [
    'with a repository that has a tag',
    { porterRepository: 'registry.test/agent:v1' },
    'spec.porterRepository',
    'its own field',
  ],
  ['with memory that is no quantity', { resources: { limits: { memory: 'much' } } }, 'spec.resources.limits.memory'],
];

const PORTER_CONFIG_ROWS: readonly Row[] = [
  ['with a verbosity that is none', { verbosity: 'loud' }, 'spec.verbosity', 'Unsupported value'],
  ['with a storage without a plugin', { storage: [{ name: 'a' }] }, 'spec.storage[0].plugin', 'Required value'],
  [
    'with two storages of a name',
    {
      storage: [
        { name: 'a', plugin: 'x' },
        { name: 'a', plugin: 'y' },
      ],
    },
    'spec.storage[1]',
    'Duplicate value',
  ],
  [
    'with a text as configuration',
    { storage: [{ name: 'a', plugin: 'x', config: 'url' }] },
    'spec.storage[0].config',
    'object',
  ],
];

const TABLES: readonly (readonly [Resource, Spec, readonly Row[]])[] = [
  [INSTALLATIONS, installation, INSTALLATION_ROWS],
  [CREDENTIAL_SETS, { name: 'aws', namespace: 'dev', credentials: [] }, CREDENTIAL_SET_ROWS],
  [PARAMETER_SETS, { name: 'sizes', namespace: 'dev', parameters: [] }, PARAMETER_SET_ROWS],
  [AGENT_ACTIONS, { args: ['list'] }, AGENT_ACTION_ROWS],
  [AGENT_CONFIGS, {}, AGENT_CONFIG_ROWS],
  [PORTER_CONFIGS, {}, PORTER_CONFIG_ROWS],
];

for (const [resource, base, rows] of TABLES) {
  describe(`A wrong ${resource.kind} is refused with the field that is wrong`, () => {
    it('(while the right one of this table is accepted)', async () => {
      expect(await dryCreate(resource, { metadata: { name: 'right' }, spec: base })).to.have.property('accepted');
    });

    for (const [what, fields, path, says = ''] of rows) {
      it(what, async () => {
        const { refused } = await dryCreate(resource, { metadata: { name: 'wrong' }, spec: { ...base, ...fields } });
        expect(refused).to.contain(path).and.contain(says);
      });
    }
  });
}

describe('An object without a spec is refused', () => {
  for (const resource of [INSTALLATIONS, CREDENTIAL_SETS, PARAMETER_SETS, AGENT_ACTIONS]) {
    it(`if it is of kind ${resource.kind}`, async () => {
      const { refused } = await dryCreate(resource, { metadata: { name: 'empty' } });
      expect(refused).to.contain('spec: Required value');
    });
  }
});

describe('A Porter name is fixed', () => {
  const kinds: readonly (readonly [Resource, () => Promise<unknown>])[] = [
    [INSTALLATIONS, () => create(anInstallation('fixed').with({ suspend: true }))],
    [CREDENTIAL_SETS, () => create(aCredentialSet('fixed'))],
    [PARAMETER_SETS, () => create(aParameterSet('fixed'))],
  ];
  for (const [resource, createOne] of kinds) {
    for (const field of ['name', 'namespace']) {
      it(`in spec.${field} of kind ${resource.kind}`, async () => {
        await createOne();
        const { refused } = await dryPatch(resource, 'fixed', { spec: { [field]: 'other' } });
        expect(refused).to.contain(`spec.${field}`).and.contain('never changes: create another');
      });
    }
  }
});

describe('What the API server fills in', () => {
  it('is the schema version that Porter accepts', async () => {
    const { accepted } = await dryCreate(INSTALLATIONS, { metadata: { name: 'short' }, spec: installation });
    expect(accepted).to.have.nested.property('spec.schemaVersion', '1.0.2');
  });

  it('are the history limit and the policy for deleted namespaces', async () => {
    const { accepted } = await dryCreate(INSTALLATIONS, { metadata: { name: 'short' }, spec: installation });
    expect(accepted).to.have.nested.property('spec.historyLimit', 5);
    expect(accepted).to.have.nested.property('spec.onNamespaceDeletion', 'orphan');
  });

  it('is nothing of an AgentConfig, so that an absent field is taken from the next wider one', async () => {
    const { accepted } = await dryCreate(AGENT_CONFIGS, { metadata: { name: 'short' }, spec: {} });
    expect(accepted).to.have.deep.property('spec', {});
  });

  it('leaves the status to the operator', async () => {
    const status = { phase: 'Succeeded', completed: { generation: 1, attempt: 1, result: 'Succeeded' } };
    const { accepted } = await dryCreate(INSTALLATIONS, { metadata: { name: 'short' }, spec: installation, status });
    expect(accepted).not.to.have.property('status');
  });

  it('keeps the types and digits of parameters', async () => {
    const given = {
      whole: 9007199254740991,
      small: 0.1,
      text: '007',
      yes: true,
      none: null,
      list: [1, [2]],
      map: { constructor: 'x' },
    };
    const spec = { ...installation, parameters: given };
    const { accepted } = await dryCreate(INSTALLATIONS, { metadata: { name: 'short' }, spec });
    expect(accepted).to.have.deep.nested.property('spec.parameters', given);
  });
});
