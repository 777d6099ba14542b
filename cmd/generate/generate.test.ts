import { globSync, readFileSync } from 'node:fs';
import { TOYS } from './doubles/toys/family.js';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { REASONS } from '../../api/porter/v1/conditions.js';
import { admissionOf, customResourceOf } from '../../runtime/schema/index.js';
import type { StructuralSchema } from '../../runtime/schema/index.js';
import { generate } from './generate.js';
import type { GeneratedFile } from './generated-file.js';
import { FAMILIES } from './families.js';

const USER_KINDS = FAMILIES.flatMap(({ kinds }) => kinds);
const KINDS = USER_KINDS.map(({ kind }) => customResourceOf(kind).kind);

interface Definition {
  spec: {
    names: { kind: string };
    versions: {
      subresources: object;
      additionalPrinterColumns: { name: string }[];
      schema: { openAPIV3Schema: StructuralSchema };
    }[];
  };
}

interface WebhookConfiguration {
  kind: string;
  webhooks: {
    rules: object[];
    timeoutSeconds: number;
    clientConfig: { service: { name: string; namespace: string; port: number } };
  }[];
}

interface Role {
  kind: string;
  metadata: { name: string; labels: Record<string, string> };
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

const inputs = () => ({
  root: process.cwd(),
  sources: [...globSync('api/*/*/*.ts', { exclude: ['**/*.test.ts'] }), 'runtime/schema/status-condition.ts'],
});

describe('What is generated', () => {
  let files: GeneratedFile[];
  before(async function () {
    // Loads every module of every program.
    this.timeout(30_000);
    files = await generate(inputs());
  });

  const contentOf = (path: string): string => {
    const found = files.find((file) => file.path === path);
    if (found === undefined) throw new Error(`${path} is not generated`);
    return found.content;
  };
  const definitionOf = (plural: string) =>
    parse(contentOf(`config/crd/bases/getporter.org_${plural}.yaml`)) as Definition;
  const rolesOf = (name: string) =>
    parseAllDocuments(contentOf(`config/rbac/generated/${name}-roles.yaml`)).map((document) => document.toJS() as Role);

  it('is the same every time, in whatever order the sources come', async () => {
    const again = await generate({ ...inputs(), sources: inputs().sources.reverse() });
    expect(again).to.deep.equal(files);
  });

  it('describes every field of every kind', () => {
    for (const { kind } of USER_KINDS) {
      const { plural } = customResourceOf(kind);
      const { properties } = definitionOf(plural).spec.versions[0]!.schema.openAPIV3Schema;
      for (const [section, schema] of Object.entries(properties ?? {})) {
        if (section === 'metadata') continue;
        expect(undescribed(schema, section), `${plural}: fields without a description`).to.deep.equal([]);
      }
    }
  });

  it('keeps the columns that users of the Go operator know, in their order', () => {
    const columns = definitionOf('installations').spec.versions[0]?.additionalPrinterColumns.map(({ name }) => name);
    expect(
      columns?.filter((name) =>
        ['Porter Name', 'Porter Namespace', 'Last Action', 'Last Status', 'Age'].includes(name),
      ),
    ).to.deep.equal(['Porter Name', 'Porter Namespace', 'Last Action', 'Last Status', 'Age']);
  });

  it('demands a spec by a rule that spares what was stored without, so that it can be told and go', () => {
    const { required, ...schema } = definitionOf('installations').spec.versions[0]!.schema.openAPIV3Schema;
    expect(required).to.equal(undefined);
    expect(
      schema['x-kubernetes-validations']?.map(({ fieldPath, optionalOldSelf }) => [fieldPath, optionalOldSelf]),
    ).to.deep.equal([['.spec', true]]);
    expect(definitionOf('porterconfigs').spec.versions[0]?.schema.openAPIV3Schema).not.to.have.property(
      'x-kubernetes-validations',
    );
  });

  it('gives every kind a status of its own', () => {
    for (const { kind } of USER_KINDS) {
      const [version] = definitionOf(customResourceOf(kind).plural).spec.versions;
      expect(version?.subresources).to.deep.equal({ status: {} });
    }
  });

  it('fits into the annotation that kubectl apply keeps', () => {
    for (const { path, content } of files.filter((file) => file.path.startsWith('config/crd/bases/'))) {
      expect(JSON.stringify(parse(content)).length, path).to.be.below(262_144);
    }
  });

  it('adds to the built-in edit role only kinds that run no Pods of the writer’s choice', () => {
    const aggregated = KINDS.filter((kind) =>
      rolesOf(kind.toLowerCase()).some(
        ({ metadata }) => 'rbac.authorization.k8s.io/aggregate-to-edit' in metadata.labels,
      ),
    );
    expect(aggregated).to.deep.equal(['Installation', 'CredentialSet', 'ParameterSet', 'InstallationOutput']);
  });

  it('lets nobody but administrators read configurations that may hold passwords', () => {
    const labels = rolesOf('porterconfig').flatMap(({ metadata }) => Object.keys(metadata.labels));
    expect(labels).to.contain('rbac.authorization.k8s.io/aggregate-to-admin');
    expect(labels).not.to.contain('rbac.authorization.k8s.io/aggregate-to-view');
  });

  it('gives no program all verbs or all resources', () => {
    for (const role of ['manager', 'manager-porter', 'state-store'].flatMap(rolesOf)) {
      for (const { resources, verbs } of role.rules) expect([...resources, ...verbs]).not.to.contain('*');
    }
  });

  it('gives the manager apart what it needs for a family', () => {
    const groups = (name: string) => rolesOf(name).flatMap(({ rules }) => rules.flatMap(({ apiGroups }) => apiGroups));
    expect(groups('manager')).to.include('events.k8s.io').and.not.include('getporter.org');
    expect(rolesOf('manager-porter').map(({ metadata }) => metadata.name)).to.deep.equal([
      'porterops-manager-porter',
      'porterops-manager-porter-cluster',
    ]);
    expect(groups('manager-porter')).to.include('getporter.org');
  });

  it('gives rights in the own namespace there only', () => {
    expect(rolesOf('manager').map(({ kind, metadata }) => [kind, metadata.name])).to.deep.equal([
      ['ClusterRole', 'porterops-manager'],
      ['ClusterRole', 'porterops-manager-cluster'],
      ['Role', 'porterops-manager-own'],
    ]);
  });

  it('binds every role of the programs to a ServiceAccount', () => {
    const bound = parseAllDocuments(readFileSync('config/rbac/role-bindings.yaml', 'utf8'))
      .map((document) => document.toJS() as { roleRef: { name: string } })
      .map(({ roleRef }) => roleRef.name);
    const made = ['manager', 'manager-porter', 'state-store'].flatMap(rolesOf).map(({ metadata }) => metadata.name);
    expect(bound.sort()).to.deep.equal(made.sort());
  });

  it('binds what only webhooks with a certificate of their own need where these are switched on', () => {
    const bound = parseAllDocuments(readFileSync('config/webhook/role-bindings.yaml', 'utf8')).map(
      (document) => document.toJS() as { kind: string; roleRef: { name: string } },
    );
    const made = rolesOf('manager-webhook');
    expect(bound.map(({ roleRef }) => roleRef.name)).to.deep.equal(made.map(({ metadata }) => metadata.name));
    expect(bound.map(({ kind }) => kind.replace('Binding', ''))).to.deep.equal(made.map(({ kind }) => kind));
    for (const { rules } of made) {
      for (const rule of rules.filter(({ verbs }) => !verbs.includes('create')))
        expect(rule).to.have.property('resourceNames');
    }
  });

  describe('for admission', () => {
    let configurations: WebhookConfiguration[];
    before(() => {
      configurations = parseAllDocuments(contentOf('config/webhook/manifests.yaml')).map(
        (document) => document.toJS() as WebhookConfiguration,
      );
    });

    it('asks for the kinds that have rules, when they are created or changed', () => {
      const asked = configurations.map(({ kind, webhooks }) => [kind, webhooks.flatMap(({ rules }) => rules)]);
      const rule = { apiGroups: ['getporter.org'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], scope: '*' };
      const sets = ['credentialsets', 'installations', 'parametersets'];
      expect(asked).to.deep.equal([
        [
          'ValidatingWebhookConfiguration',
          [{ ...rule, resources: ['agentactions', 'agentconfigs', ...sets, 'porterconfigs'].sort() }],
        ],
        ['MutatingWebhookConfiguration', [{ ...rule, resources: sets }]],
      ]);
    });

    it('keeps nobody waiting, and lets pass what nobody answers', () => {
      for (const { webhooks } of configurations) {
        expect(webhooks).to.have.length(1);
        expect(webhooks[0]).to.deep.include({
          failurePolicy: 'Ignore',
          matchPolicy: 'Equivalent',
          sideEffects: 'None',
        });
        expect(webhooks[0]?.timeoutSeconds).to.be.at.most(5);
        expect(webhooks[0]?.clientConfig).to.not.have.property('caBundle');
      }
    });

    it('calls a Service that there is', () => {
      const service = parse(readFileSync('config/webhook/service.yaml', 'utf8')) as {
        metadata: { name: string; namespace: string };
        spec: { ports: { port: number }[] };
      };
      for (const { webhooks } of configurations) {
        const { name, namespace, port } = webhooks[0]!.clientConfig.service;
        expect({ name, namespace }).to.deep.equal({
          name: service.metadata.name,
          namespace: service.metadata.namespace,
        });
        expect(service.spec.ports.map((one) => one.port)).to.deep.equal([port]);
      }
    });

    it('fills in fields that the kinds have', () => {
      for (const { kind } of USER_KINDS) {
        for (const field of Object.keys(admissionOf(kind).fromMetadata ?? {})) {
          const { properties } = definitionOf(customResourceOf(kind).plural).spec.versions[0]!.schema.openAPIV3Schema;
          expect(properties?.['spec']?.properties, kind.name).to.have.property(field);
        }
      }
    });
  });

  describe('with another family', () => {
    let more: GeneratedFile[];
    const addition = () => more.filter(({ path }) => !files.some((file) => file.path === path));
    const textOf = (path: string) => more.find((file) => file.path === path)?.content ?? '';

    before(async () => {
      const { root, sources } = inputs();
      const families = [...FAMILIES, TOYS];
      more = await generate({ root, sources: [...sources, 'cmd/generate/doubles/toys/toy.ts'], families });
    });

    it('has that family’s definitions, roles and pages besides all others', () => {
      expect(addition().map(({ path }) => path)).to.deep.equal([
        'config/crd/bases/toys.test_toys.yaml',
        'config/rbac/generated/manager-toys-roles.yaml',
        'config/rbac/generated/toy-roles.yaml',
        'docs/reference/toy.md',
      ]);
      const lists = ['config/crd/kustomization.yaml', 'config/rbac/generated/kustomization.yaml'];
      const pages = ['docs/reference/reasons.md', 'docs/reference/README.md'];
      const changed = files.filter(({ path, content }) => content !== textOf(path)).map(({ path }) => path);
      expect(changed).to.have.members([...lists, ...pages]);
    });

    it('describes each of two classes of one name by its own comments', () => {
      expect(textOf('config/crd/bases/toys.test_toys.yaml')).to.contain('Which toy is bundled with this one.');
    });

    it('gives the manager only what that family asks for', () => {
      const roles = parseAllDocuments(textOf('config/rbac/generated/manager-toys-roles.yaml'));
      expect(roles.map((document) => (document.toJS() as Role).rules)).to.deep.equal([
        [
          { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
          { apiGroups: ['toys.test'], resources: ['toys'], verbs: ['get', 'list', 'watch'] },
          { apiGroups: ['toys.test'], resources: ['toys/finalizers'], verbs: ['update'] },
          { apiGroups: ['toys.test'], resources: ['toys/status'], verbs: ['patch'] },
        ],
      ]);
    });

    it('lists the reasons of both', () => {
      expect(textOf('docs/reference/reasons.md')).to.match(
        /## getporter\.org\/v1[^#]*## toys\.test\/v1[^#]*\| Broken \|/,
      );
    });
  });

  it('confines the state store to its own namespace', () => {
    expect(rolesOf('state-store').map(({ kind }) => kind)).to.deep.equal(['Role']);
  });

  it('lists every reason with its meaning', () => {
    for (const reason of Object.keys(REASONS))
      expect(contentOf('docs/reference/reasons.md')).to.contain(`| ${reason} |`);
  });
});

describe('PROJECT', () => {
  const project = parse(readFileSync('PROJECT', 'utf8')) as { resources: Record<string, unknown>[] };

  it('has only keys that operator-sdk accepts', () => {
    const known = ['version', 'domain', 'repo', 'projectName', 'cliVersion', 'multigroup', 'resources', 'plugins'];
    const ofResource = ['api', 'controller', 'domain', 'group', 'kind', 'path', 'plural', 'version', 'webhooks'];
    expect(known).to.include.members(Object.keys(project));
    for (const resource of project.resources) expect(ofResource).to.include.members(Object.keys(resource));
  });

  it('lists the kinds that users write', () => {
    expect(project.resources.map(({ kind }) => kind)).to.deep.equal(KINDS);
  });
});

/** Paths of fields without a description, but for what a built-in type leaves without one. */
function undescribed(schema: StructuralSchema, path: string): string[] {
  const own = schema.description === undefined ? [path] : [];
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    isBuiltIn(path, name) ? [] : undescribed(field, `${path}.${name}`),
  );
  const items = schema.items?.properties === undefined ? [] : undescribed(schema.items, `${path}[]`);
  return [...own, ...fields, ...items];
}

function isBuiltIn(path: string, name: string): boolean {
  return path === 'spec' && ['env', 'envFrom', 'resources', 'volumeMounts', 'volumes'].includes(name);
}
