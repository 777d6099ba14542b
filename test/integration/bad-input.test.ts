import { existsSync } from 'node:fs';
import { expect } from 'chai';
import {
  AGENT_ACTIONS,
  AGENT_CONFIGS,
  CREDENTIAL_SETS,
  INSTALLATIONS,
  PORTER_CONFIGS,
} from '../../api/porter/v1/resources.js';
import { ANNOTATIONS, FINALIZER, LABELS } from '../../api/porter/v1/well-known.js';
import type { KubernetesJson, Resource } from '../../runtime/client/index.js';
import { SERVICE_ACCOUNTS, apiVersionOf } from '../../runtime/client/index.js';
import { collectionPath, KubeError } from '../support/kube-api.js';
import { anAgentConfig, aCredentialSet, anInstallation, aSecret } from '../support/builders.js';
import { Cluster } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { dryCreate } from './api/dry-run.js';
import { Webhooks } from './webhooks.js';
import type { Conditioned } from './world.js';
import {
  agentPods,
  annotate,
  change,
  condition,
  create,
  get,
  remove,
  until,
  untilGone,
  untilNotReady,
  untilReady,
  world,
} from './world.js';

/**
 * What a user may do wrong, and the clear result that it has: the API server refuses it with the field (`refused`), the
 * status tells the field and the way out (`told`; with webhooks it is refused with the same words where `admission` is
 * set), or it is not wrong at all and must simply work.
 */
interface Row {
  /** Of the case; several inputs may be of one case. */
  readonly id: string;
  readonly what: string;
  readonly resource: Resource;
  /** The object, or its JSON where JavaScript's own would change it. */
  readonly object: object | string;
  /** What is there before. */
  readonly before?: () => Promise<unknown>;
  readonly refused?: RegExp;
  readonly told?: { readonly reason: string; readonly text: RegExp; readonly admission?: true };
  /** Checks what is besides Ready. */
  readonly works?: (name: string) => unknown;
}

type Fields = Record<string, unknown>;

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

function installation(fields: Fields = {}, metadata: Fields = {}): { metadata: { name: string }; spec: Fields } {
  const { metadata: usual, spec } = anInstallation().build();
  return { metadata: { ...usual, ...metadata }, spec: { ...spec, ...fields } };
}
const bundle = (fields: Fields): object =>
  installation({ bundle: { repository: 'registry.test/hello', version: '0.3.0', ...fields } });
const named = (name: string): object => installation({ name }, { name });
const action = (fields: Fields): object => ({ metadata: { name: 'shop' }, spec: { args: ['list'], ...fields } });
const config = (spec: Fields): object => ({ metadata: { name: 'shop' }, spec });
const set = (source: Fields): object => ({
  metadata: { name: 'shop' },
  spec: { name: 'shop', namespace: 'dev', credentials: [{ name: 'token', source }] },
});
/** An Installation whose parameters are this JSON. */
const parameters = (json: string): string =>
  JSON.stringify(installation({ parameters: 0 })).replace('"parameters":0', `"parameters":${json}`);

const runsOnce = (): unknown => expect(agentPods()).to.have.lengthOf(1);
const runsNothing = (): unknown => expect(agentPods()).to.have.lengthOf(0);

/** The document that Porter got, as text. */
async function documentText(): Promise<string> {
  const { status } = await get(INSTALLATIONS, 'shop');
  const { spec } = await get(AGENT_ACTIONS, status?.action?.name ?? '');
  return Buffer.from(spec.files?.['installation.yaml'] ?? '', 'base64').toString();
}
const documentHas = (pattern: RegExp) => async (): Promise<unknown> => expect(await documentText()).to.match(pattern);

const SCHEMA: readonly Row[] = [
  {
    id: 'B01',
    what: 'no bundle',
    resource: INSTALLATIONS,
    object: installation({ bundle: undefined }),
    refused: /spec\.bundle: Required value/,
  },
  {
    id: 'B02',
    what: 'no spec',
    resource: INSTALLATIONS,
    object: { metadata: { name: 'shop' } },
    refused: /spec: Required value/,
  },
  {
    id: 'B02',
    what: 'a spec of null',
    resource: CREDENTIAL_SETS,
    object: { metadata: { name: 'shop' }, spec: null },
    refused: /spec: Required value/,
  },
  {
    id: 'B03',
    what: 'a field misspelt',
    resource: INSTALLATIONS,
    object: installation({ bundel: {} }),
    refused: /unknown field "spec\.bundel"/,
  },
  {
    id: 'B04',
    what: 'a text for a list',
    resource: INSTALLATIONS,
    object: installation({ credentialSets: 'aws' }),
    refused: /spec\.credentialSets.*must be of type array/,
  },
  {
    id: 'B05',
    what: 'a list of parameters',
    resource: INSTALLATIONS,
    object: installation({ parameters: ['a=b'] }),
    refused: /spec\.parameters.*must be of type object/,
  },
  {
    id: 'B06',
    what: 'a value in other letters',
    resource: INSTALLATIONS,
    object: installation({ onNamespaceDeletion: 'Block' }),
    refused: /spec\.onNamespaceDeletion: Unsupported value: "Block"/,
  },
  {
    id: 'B07',
    what: 'a key twice, said by kubectl',
    resource: INSTALLATIONS,
    object: JSON.stringify(installation()).replace(
      '"name":"shop","namespace"',
      '"name":"one","name":"shop","namespace"',
    ),
    refused: /duplicate field "spec\.name"/,
  },
  {
    id: 'B08',
    what: 'a status of one’s own',
    resource: INSTALLATIONS,
    object: {
      ...installation(),
      status: { phase: 'Failed', completed: { generation: 1, attempt: 1, result: 'Failed' } },
    },
    works: runsOnce,
  },
  {
    id: 'B09',
    what: 'a version that is not served',
    resource: { ...INSTALLATIONS, version: 'v2' },
    object: installation(),
    refused: /could not find the requested resource|404/,
  },
  {
    id: 'B10',
    what: 'an empty name',
    resource: INSTALLATIONS,
    object: installation({ name: '' }),
    refused: /spec\.name/,
  },
  {
    id: 'B10',
    what: 'a blank version',
    resource: INSTALLATIONS,
    object: bundle({ version: ' ' }),
    refused: /spec\.bundle\.version.*use the field tag/,
  },
  {
    id: 'B11',
    what: 'a negative history',
    resource: INSTALLATIONS,
    object: installation({ historyLimit: -1 }),
    refused: /spec\.historyLimit.*greater than or equal to 0/,
  },
  {
    id: 'B11',
    what: 'a deadline of nothing',
    resource: AGENT_CONFIGS,
    object: config({ activeDeadlineSeconds: 0 }),
    refused: /spec\.activeDeadlineSeconds.*greater than or equal to 1/,
  },
  {
    id: 'B11',
    what: 'more retries than a number holds',
    resource: AGENT_CONFIGS,
    object: config({ retryLimit: 3_000_000_000 }),
    refused: /(?=[^]*spec\.retryLimit)[^]*int32/,
  },
  {
    id: 'B12',
    what: 'a size that is none',
    resource: AGENT_CONFIGS,
    object: config({ volumeSize: '1e9Gi' }),
    refused: /spec\.volumeSize.*such as 64Mi/,
  },
  {
    id: 'B14',
    what: 'a finalizer of ours that somebody else has set',
    resource: INSTALLATIONS,
    object: installation({}, { finalizers: [FINALIZER] }),
    works: letsGo,
  },
  {
    id: 'B15',
    what: 'a retry of 200 KB',
    resource: INSTALLATIONS,
    object: installation({}, { annotations: { [ANNOTATIONS.retry]: 'x'.repeat(200_000) } }),
    works: async () => expect((await get(INSTALLATIONS, 'shop')).status?.retry).to.match(/^sha256:/),
  },
  {
    id: 'B16',
    what: 'a Norwegian name',
    resource: INSTALLATIONS,
    object: installation({ name: false }),
    refused: /spec\.name.*must be of type string/,
  },
  {
    id: 'B16',
    what: 'a version that YAML takes for a number',
    resource: INSTALLATIONS,
    object: bundle({ version: 1.1 }),
    refused: /spec\.bundle\.version.*must be of type string/,
  },
];

const SIZES: readonly Row[] = [
  {
    id: 'B17',
    what: '1.4 MB of parameters',
    resource: INSTALLATIONS,
    object: installation({ parameters: { a: 'x'.repeat(1_390_000) } }),
    told: {
      reason: 'InvalidSpec',
      text: /^spec\.parameters is 1390008 bytes .*keep large values in Secrets/,
      admission: true,
    },
  },
  {
    id: 'B18',
    what: '1.6 MB',
    resource: INSTALLATIONS,
    object: installation({ parameters: { a: 'x'.repeat(1_600_000) } }),
    refused: /too large/,
  },
  {
    id: 'B18',
    what: 'more than 3 MiB',
    resource: INSTALLATIONS,
    object: installation({ parameters: { a: 'x'.repeat(3_200_000) } }),
    refused: /too large|limit is 3145728/,
  },
  {
    id: 'B19',
    what: '300 KB of annotations',
    resource: INSTALLATIONS,
    object: installation({}, { annotations: { a: 'x'.repeat(300_000) } }),
    refused: /metadata\.annotations: Too long/,
  },
  {
    id: 'B20',
    what: 'parameters that do not fit into a Secret',
    resource: INSTALLATIONS,
    object: installation({ parameters: { a: 'x'.repeat(900_000) } }),
    told: { reason: 'InvalidSpec', text: /^spec\.parameters is 900008 bytes/, admission: true },
  },
  {
    id: 'B20',
    what: 'files that do not fit into a Secret',
    resource: AGENT_ACTIONS,
    object: action({ files: { a: base64('x'.repeat(1_000_000)) } }),
    told: {
      reason: 'InvalidSpec',
      text: /^spec\.files is 1000000 bytes in all, .*mount a volume/,
      admission: true,
    },
  },
  {
    id: 'B21',
    what: '10000 parameters',
    resource: INSTALLATIONS,
    object: installation({ parameters: Object.fromEntries(times(10_000, (i) => [`p${i}`, i])) }),
    refused: /spec\.parameters: Too many.*1000/,
  },
  {
    id: 'B21',
    what: '10000 credential sets',
    resource: INSTALLATIONS,
    object: installation({ credentialSets: times(10_000, (i) => `s${i}`) }),
    refused: /spec\.credentialSets: Too many.*100/,
  },
  {
    id: 'B22',
    what: 'a parameter nested 70 levels deep',
    resource: INSTALLATIONS,
    object: parameters(`{"deep":${nested(70)}}`),
    told: {
      reason: 'InvalidSpec',
      text: /^spec\.parameters\.deep is nested deeper than 64 levels: make it flatter/,
      admission: true,
    },
  },
  {
    id: 'B22',
    what: 'a parameter nested 9000 levels deep',
    resource: INSTALLATIONS,
    object: parameters(`{"deep":${nested(9_000)}}`),
    told: { reason: 'InvalidSpec', text: /^spec\.parameters\.deep is nested deeper than 64 levels/, admission: true },
  },
  {
    id: 'B22',
    what: 'a parameter nested 20000 levels deep',
    resource: INSTALLATIONS,
    object: parameters(`{"deep":${nested(20_000)}}`),
    refused: /max depth|exceeded/,
  },
  {
    id: 'B23',
    what: 'a whole number that would be rounded',
    resource: INSTALLATIONS,
    object: parameters('{"id":9007199254740993}'),
    told: {
      reason: 'InvalidSpec',
      text: /^spec\.parameters\.id is an integer beyond 2\^53.*in quotes/,
      admission: true,
    },
  },
  {
    id: 'B23',
    what: 'the largest whole number that is not',
    resource: INSTALLATIONS,
    object: parameters('{"id":9007199254740991}'),
    works: documentHas(/id: 9007199254740991\n/),
  },
  {
    id: 'B24',
    what: 'a number without end',
    resource: INSTALLATIONS,
    object: parameters('{"x":1e400}'),
    refused: /1e400|out of range/,
  },
  {
    id: 'B24',
    what: 'numbers in odd forms',
    resource: INSTALLATIONS,
    object: parameters('{"a":0.30000000000000004,"b":1e21}'),
    works: documentHas(/a: 0\.30000000000000004\n *b: 1e\+?21\n/),
  },
  {
    id: 'B25',
    what: 'a variable of 128 KiB',
    resource: AGENT_ACTIONS,
    object: action({ env: [{ name: 'LARGE', value: 'x'.repeat(131_072) }] }),
    told: { reason: 'InvalidSpec', text: /^spec\.env\[0\]\.value is 131079 bytes.*use a file/, admission: true },
  },
  {
    id: 'B26',
    what: '600 KiB of arguments',
    resource: AGENT_ACTIONS,
    object: action({ args: times(6, () => 'a'.repeat(100_000)) }),
    refused: /spec\.args.*512 KiB.*put long ones into files/,
  },
  {
    id: 'B26',
    what: '600 KiB of environment',
    resource: AGENT_ACTIONS,
    object: action({ env: times(6, (i) => ({ name: `V${i}`, value: 'x'.repeat(100_000) })) }),
    told: { reason: 'InvalidSpec', text: /^spec\.env is 600024 bytes.*into files/, admission: true },
  },
];

const NAMES: readonly Row[] = [
  {
    id: 'B30',
    what: 'capitals in an object’s name',
    resource: INSTALLATIONS,
    object: installation({}, { name: 'Shop' }),
    refused: /metadata\.name.*lowercase/,
  },
  {
    id: 'B30',
    what: 'an object’s name of 254 characters',
    resource: INSTALLATIONS,
    object: installation({}, { name: 'a'.repeat(254) }),
    refused: /metadata\.name/,
  },
  {
    id: 'B31',
    what: 'an object’s name of 253 characters',
    resource: INSTALLATIONS,
    object: named('a'.repeat(253)),
    works: runsOnce,
  },
  {
    id: 'B32',
    what: 'a name that differs from another one at its end only',
    resource: INSTALLATIONS,
    object: named(`${'a'.repeat(60)}-two`),
    before: () => create(anInstallation(`${'a'.repeat(60)}-one`)),
    works: twoRuns,
  },
  { id: 'B33', what: 'dots in a name', resource: INSTALLATIONS, object: named('a.b.c'), works: runsOnce },
  { id: 'B33', what: 'a name of digits', resource: INSTALLATIONS, object: named('123'), works: runsOnce },
  { id: 'B33', what: 'two dashes in a name', resource: INSTALLATIONS, object: named('a--b'), works: runsOnce },
  {
    id: 'B34',
    what: 'a label value of 64 characters',
    resource: INSTALLATIONS,
    object: installation({}, { labels: { a: 'x'.repeat(64) } }),
    refused: /metadata\.labels.*63/,
  },
  {
    id: 'B35',
    what: 'labels of the operator’s own',
    resource: INSTALLATIONS,
    object: installation({}, { labels: { [LABELS.managed]: 'false' } }),
    works: () => expect(agentPods()[0]?.metadata.labels).to.include({ [LABELS.managed]: 'true' }),
  },
  ...['shop🛒', 'shop\u200f', 'e\u0301', 'a\u200bb', 'a\u0000b'].map((name): Row => ({
    id: 'B36',
    what: `the Porter name ${JSON.stringify(name)}`,
    resource: INSTALLATIONS,
    object: installation({ name }),
    refused: /spec\.name.*a Porter name has letters/,
  })),
  ...['../prod', 'a/b', '%2e%2e', 'a?b', 'a#b', 'x@host'].map((namespace): Row => ({
    id: 'B37',
    what: `the Porter namespace ${namespace}`,
    resource: INSTALLATIONS,
    object: installation({ namespace }),
    refused: /spec\.namespace.*a Porter namespace is empty/,
  })),
  ...['../../etc/x', '/etc/x', 'a/b', '', '..data'].map((file): Row => ({
    id: 'B38',
    what: `the file ${file || 'without a name'}`,
    resource: AGENT_ACTIONS,
    object: action({ files: { [file]: base64('x') } }),
    refused: /spec\.files.*a file name has letters/,
  })),
  {
    id: 'B40',
    what: 'the name of something that every object has',
    resource: INSTALLATIONS,
    object: named('constructor'),
    works: runsOnce,
  },
  {
    id: 'B40',
    what: 'parameters that are called like it',
    resource: INSTALLATIONS,
    object: parameters('{"constructor":"a","toString":"b","hasOwnProperty":"c"}'),
    works: documentHas(/(?=[^]*constructor: a\n)(?=[^]*toString: b\n)[^]*hasOwnProperty: c\n/),
  },
];

const INJECTION: readonly Row[] = [
  ...(
    [
      ['B39', '\ufeffone\r\n\ttwo  \r\n'],
      ['B41', '--force'],
      ['B42', 'one\ntwo'],
      ['B43', '$(id); `id` && rm -rf /'],
      ['B44', '$(KUBE_NAMESPACE)'],
      ['B45', '{{ .Values.x }} ${secret.x}'],
      ['B46', '": {a: b}'],
      ['B46', '!!js/function "f"'],
      ['B46', '&a [*a]'],
      ['B51', '\u001b[31mred'],
    ] as const
  ).map(([id, value]): Row => ({
    id,
    what: `the parameter ${JSON.stringify(value)}`,
    resource: INSTALLATIONS,
    object: installation({ parameters: { odd: value } }),
    works: async () => {
      const { parse } = await import('yaml');
      expect((parse(await documentText()) as { parameters: Fields }).parameters).to.deep.equal({ odd: value });
      expect(agentPods()[0]?.spec?.containers.flatMap(({ args = [] }) => args)).to.deep.equal([
        'installation',
        'apply',
        'installation.yaml',
      ]);
    },
  })),
  {
    id: 'B47',
    what: 'a parameter that would change all objects',
    resource: INSTALLATIONS,
    object: parameters('{"__proto__":{"polluted":true},"a":1}'),
    works: documentHas(/parameters:\n(?=[^]*a: 1\n)/),
  },
  {
    id: 'B48',
    what: 'a variable that loads code',
    resource: AGENT_ACTIONS,
    object: action({ env: [{ name: 'LD_PRELOAD', value: '/x.so' }] }),
    refused: /spec\.env.*LD_PRELOAD/,
  },
  {
    id: 'B48',
    what: 'a variable of the operator’s own',
    resource: AGENT_ACTIONS,
    object: action({ env: [{ name: 'KUBECONFIG', value: '/x' }] }),
    told: { reason: 'InvalidSpec', text: /^spec\.env\[0\]\.name is KUBECONFIG, .*remove it/, admission: true },
  },
  {
    id: 'B50',
    what: 'a log line in an annotation',
    resource: INSTALLATIONS,
    object: installation({}, { annotations: { [ANNOTATIONS.deletionPolicy]: 'x\n{"level":30,"msg":"forged"}' } }),
    works: logIsWhole,
  },
  {
    id: 'B53',
    what: 'a digest that is cut off',
    resource: INSTALLATIONS,
    object: bundle({ digest: 'sha256:short' }),
    refused: /spec\.bundle\.digest.*64 hexadecimal digits/,
  },
  ...[
    'repo@sha256:short',
    'localhost/../hello',
    'user:pass@registry.test/hello',
    'registry.test/Hello',
    'https://registry.test/hello',
  ].map((repository): Row => ({
    id: 'B53',
    what: `the repository ${repository}`,
    resource: INSTALLATIONS,
    object: bundle({ repository }),
    refused: /spec\.bundle\.repository.*a repository is written/,
  })),
];

const REFERENCES: readonly Row[] = [
  {
    id: 'B56',
    what: 'an AgentConfig that does not exist',
    resource: INSTALLATIONS,
    object: installation({ agentConfig: { name: 'nosuch' } }),
    told: { reason: 'AgentConfigNotFound', text: /nosuch.*create it or correct the name/ },
  },
  {
    id: 'B56',
    what: 'a CredentialSet that does not exist',
    resource: INSTALLATIONS,
    object: installation({ credentialSets: ['nosuch'] }),
    told: { reason: 'CredentialSetNotFound', text: /nosuch/ },
  },
  {
    id: 'B56',
    what: 'a ParameterSet that does not exist',
    resource: INSTALLATIONS,
    object: installation({ parameterSets: ['nosuch'] }),
    told: { reason: 'ParameterSetNotFound', text: /nosuch/ },
  },
  {
    id: 'B56',
    what: 'a Secret that does not exist',
    resource: INSTALLATIONS,
    object: installation({ credentialSets: ['aws'] }),
    before: () => aSetOf('nosuch'),
    told: { reason: 'SecretNotFound', text: /nosuch/ },
  },
  {
    id: 'B57',
    what: 'a key that a Secret does not have',
    resource: INSTALLATIONS,
    object: installation({ credentialSets: ['aws'] }),
    before: async () => {
      await create(aSecret('token').withValue('s3cret', 'other'));
      await aSetOf('token/wanted');
    },
    told: { reason: 'SecretNotFound', text: /^(?!.*s3cret).*token.*wanted/ },
  },
  {
    id: 'B57',
    what: 'an entry of a PorterConfig that it does not have',
    resource: PORTER_CONFIGS,
    object: {
      metadata: { name: 'default' },
      spec: { 'default-storage': 'mine', storage: [{ name: 'other', plugin: 'mongodb' }] },
    },
    told: {
      reason: 'InvalidSpec',
      text: /^spec\.default-storage names mine, but spec\.storage is other: add/,
      admission: true,
    },
  },
  {
    id: 'B61',
    what: 'a Porter name that another Installation has',
    resource: INSTALLATIONS,
    object: installation({ name: 'taken' }),
    before: () => createReady('first', 'taken'),
    told: { reason: 'ConflictingOwner', text: /first/ },
  },
  {
    id: 'B70',
    what: 'uninstalled from the beginning',
    resource: INSTALLATIONS,
    object: installation({ uninstalled: true }),
    works: runsNothing,
  },
  {
    id: 'B71',
    what: 'deleted at once',
    resource: INSTALLATIONS,
    object: installation(),
    works: letsGo,
  },
  {
    id: 'B77',
    what: 'a retry together with a change',
    resource: INSTALLATIONS,
    object: installation(),
    works: retriedWithChange,
  },
  {
    id: 'B87',
    what: 'a ServiceAccount that does not exist',
    resource: INSTALLATIONS,
    object: installation({ agentConfig: { name: 'odd' } }),
    before: async () => {
      await remove(SERVICE_ACCOUNTS, 'porter-agent');
      await create(anAgentConfig('odd').with({ serviceAccount: 'porter-agent' }));
    },
    told: { reason: 'ServiceAccountNotFound', text: /porter-agent/ },
  },
  {
    id: 'B88',
    what: 'a volume of no size',
    resource: INSTALLATIONS,
    object: installation({ agentConfig: { name: 'odd' } }),
    before: () => create(anAgentConfig('odd').with({ agent: 'Porter', volumeSize: '0' })),
    told: { reason: 'InvalidSpec', text: /must be greater than zero/ },
  },
  {
    id: 'B91',
    what: 'an AgentConfig of another namespace',
    resource: INSTALLATIONS,
    object: installation({ agentConfig: { name: 'ns-b/big' } }),
    refused: /spec\.agentConfig\.name.*a name of a Kubernetes object/,
  },
  {
    id: 'B91',
    what: 'a Secret on another path',
    resource: CREDENTIAL_SETS,
    object: set({ secret: '../ns-b/token' }),
    refused: /spec\.credentials\[0\]\.source\.secret.*\. and \.\./,
  },
  {
    id: 'B92',
    what: 'a ServiceAccount that agents may not use',
    resource: INSTALLATIONS,
    object: installation({ agentConfig: { name: 'odd' } }),
    before: async () => {
      await world().api.create(SERVICE_ACCOUNTS, { metadata: { namespace: world().namespace, name: 'mighty' } });
      await create(anAgentConfig('odd').with({ serviceAccount: 'mighty' }));
    },
    told: { reason: 'ServiceAccountNotAllowed', text: /mighty/ },
  },
  {
    id: 'B94',
    what: 'a path of the node',
    resource: AGENT_ACTIONS,
    object: action({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
    refused: /spec\.volumes.*hostPath reaches into the node/,
  },
  {
    id: 'B94',
    what: 'a volume of a kind that is not on the list',
    resource: AGENT_ACTIONS,
    object: action({ volumes: [{ name: 'v', image: { reference: 'registry.test/x' } }] }),
    told: {
      reason: 'InvalidSpec',
      text: /^spec\.volumes\[0\]\.image is not allowed for agents: use one of configMap/,
      admission: true,
    },
  },
];

const TABLES: Record<string, readonly Row[]> = {
  'of the wrong shape': SCHEMA,
  'too large or not exact': SIZES,
  'with odd names': NAMES,
  'that looks dangerous': INJECTION,
  'that names what it may not, or is not there': REFERENCES,
};
const ROWS = Object.values(TABLES).flat();

for (const [what, rows] of Object.entries(TABLES)) {
  describe(`Input ${what} has a clear result`, () => {
    for (const row of rows) {
      it(`${row.id}: ${row.what}`, async () => {
        await row.before?.();
        const answer = await write(row);
        if (row.refused !== undefined) {
          expect(answer).to.match(row.refused);
          return;
        }
        expect(answer).to.equal('');
        const resource = row.resource as Resource<Conditioned>;
        if (row.told !== undefined) await untilTold(resource, nameOf(row), row.told);
        else {
          if (row.works !== letsGo && row.works !== logIsWhole) await untilReady(resource, nameOf(row));
          await row.works?.(nameOf(row));
        }
      });
    }
  });
}

/** Nobody else's API server is told to call these tests. */
if (!Cluster.isGiven()) {
  describe('What a status would tell is refused by webhooks in the same words', () => {
    let webhooks: Webhooks;

    before(async () => {
      webhooks = await Webhooks.prepare();
      await webhooks.install();
      await world().operator.stop();
      await world().operator.start(webhooks.args);
      await webhooks.untilTrusted();
    });
    after(async () => {
      await world().operator.stop();
      await webhooks.remove();
      await world().operator.start();
    });

    for (const row of ROWS.filter(({ told }) => told?.admission)) {
      it(`${row.id}: ${row.what}`, async () => {
        // The API server hears of the webhooks a moment after they are stored.
        const answer = await eventually('it is refused', async () => (await write(row, { dryRun: 'All' })) || false);
        const [, said = ''] = /denied the request: ([^]*)$/.exec(answer) ?? [];
        expect(said).to.match(row.told!.text);
        const { refused } = await dryCreate(INSTALLATIONS, installation());
        expect(refused).to.equal(undefined);
      });
    }
  });
}

/** Cases that other tests are about, by themselves or together with what they need around them. */
const ELSEWHERE: Record<string, string> = {
  B13: 'test/integration/api/refusals.test.ts',
  B28: 'test/bench/main.ts',
  B29: 'test/integration/installation/upgrade.test.ts',
  B49: 'controllers/agent-run/json-annotation.test.ts',
  B60: 'test/integration/installation/obstacles.test.ts',
  B65: 'test/integration/configuration.test.ts',
  B67: 'test/integration/installation/failure.test.ts',
  B68: 'test/integration/installation/failure.test.ts',
  B69: 'controllers/porter/installation/warnings.test.ts',
  B72: 'test/integration/installation/deletion.test.ts',
  B73: 'test/integration/installation/deletion.test.ts',
  B74: 'test/integration/namespace-deletion.test.ts',
  B75: 'test/integration/agent-action.test.ts',
  B76: 'test/integration/installation/deletion.test.ts',
  B78: 'test/integration/installation/suspension.test.ts',
  B89: 'test/integration/watched-namespaces.test.ts',
  B90: 'test/integration/two-replicas.test.ts',
  B93: 'cmd/generate/generate.test.ts',
  B95: 'cmd/generate/generate.test.ts',
  B96: 'controllers/agent-run/job/agent-job.test.ts',
  B102: 'test/integration/taken-names.test.ts',
  B103: 'test/integration/taken-names.test.ts',
  B104: 'runtime/queue/work-queue.test.ts',
  B105: 'test/integration/installation/secrecy.test.ts',
  B106: 'test/integration/installation/secrecy.test.ts',
  B107: 'test/integration/installation/outputs.test.ts',
};

describe('The table of bad input', () => {
  it('names tests that exist for what it leaves to others', () => {
    const missing = Object.values(ELSEWHERE).filter((file) => !existsSync(file));
    expect(missing).to.deep.equal([]);
  });

  it('gives each row one expectation', () => {
    for (const { id, what, refused, told, works } of ROWS) {
      expect(
        [refused, told, works].filter((one) => one !== undefined),
        `${id} ${what}`,
      ).to.have.length(1);
      expect(ELSEWHERE).to.not.have.property(id);
    }
  });
});

/** What the API server says when it refuses; empty when it takes the object. */
async function write({ resource, object }: Row, query: Record<string, string> = {}): Promise<string> {
  const { api, namespace } = world();
  const head = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  const text = `${JSON.stringify(head).slice(0, -1)},${(typeof object === 'string' ? object : JSON.stringify(object)).slice(1)}`;
  const refusal = await api
    .call('POST', collectionPath(resource, namespace), { query: { fieldValidation: 'Strict', ...query }, text })
    .then(() => undefined)
    .catch((error: unknown) => error);
  if (refusal === undefined) return '';
  if (refusal instanceof KubeError) return `${refusal.code} ${refusal.message}`;
  throw refusal as Error;
}

function nameOf({ object }: Row): string {
  const { metadata } = (typeof object === 'string' ? JSON.parse(object) : object) as KubernetesJson;
  return metadata.name;
}

async function untilTold(resource: Resource<Conditioned>, name: string, told: NonNullable<Row['told']>): Promise<void> {
  const ready = await untilNotReady(resource, name, told.reason);
  expect(ready.message).to.match(told.text);
  expect(ready.message.length).to.be.at.most(1024);
  if (resource.kind === 'Installation') expect(agentPods().filter(isOf(name))).to.deep.equal([]);
}

function isOf(name: string) {
  return ({ metadata }: KubernetesJson): boolean =>
    metadata.labels?.[LABELS.resourceName]?.startsWith(`${name}-`) ?? false;
}

async function letsGo(name: string): Promise<void> {
  await remove(INSTALLATIONS, name);
  await untilGone(INSTALLATIONS, name);
}

async function twoRuns(): Promise<void> {
  await untilReady(INSTALLATIONS, `${'a'.repeat(60)}-one`);
  expect(agentPods()).to.have.lengthOf(2);
}

async function retriedWithChange(name: string): Promise<void> {
  await change(INSTALLATIONS, name, {
    metadata: { annotations: { [ANNOTATIONS.retry]: 'now' } },
    spec: { parameters: { colour: 'red' } },
  });
  await until(INSTALLATIONS, name, ({ status }) => status?.retry === 'now');
  await untilReady(INSTALLATIONS, name);
  expect(agentPods()).to.have.lengthOf(2);
}

/** What somebody wrote stands in a condition and in no line of its own. */
async function logIsWhole(name: string): Promise<void> {
  await untilReady(INSTALLATIONS, name);
  await remove(INSTALLATIONS, name);
  const stuck = await until(INSTALLATIONS, name, (one) => condition(one, 'Ready')?.reason === 'DeletionPolicyInvalid');
  expect(condition(stuck, 'Ready')?.message).to.match(/^[\x20-\x7e]+$/);
  const lines = world().operator.log().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { msg?: string }).msg)).to.not.include('forged');
  await annotate(INSTALLATIONS, name, ANNOTATIONS.deletionPolicy, 'orphan');
  await untilGone(INSTALLATIONS, name);
}

async function aSetOf(secret: string): Promise<void> {
  await create(aCredentialSet('aws').withCredential('token', secret));
  await untilReady(CREDENTIAL_SETS, 'aws');
}

async function createReady(name: string, porterName: string): Promise<void> {
  await create(anInstallation(name).withPorterName(porterName));
  await untilReady(INSTALLATIONS, name);
}
