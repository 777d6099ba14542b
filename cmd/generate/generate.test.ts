import { globSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { REASONS } from '../../api/porter/v1/conditions.js';
import { customResourceOf } from '../../runtime/schema/index.js';
import type { StructuralSchema } from '../../runtime/schema/index.js';
import { generate } from './generate.js';
import type { GeneratedFile } from './generated-file.js';
import { USER_KINDS } from './kinds.js';

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

interface Role {
  kind: string;
  metadata: { name: string; labels: Record<string, string> };
  rules: { resources: string[]; verbs: string[] }[];
}

const inputs = () => ({
  sources: [...globSync('api/*/*/*.ts', { exclude: ['**/*.test.ts'] }), 'runtime/schema/status-condition.ts'],
  build: 'build',
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
    for (const role of [...rolesOf('manager'), ...rolesOf('state-store')]) {
      for (const { resources, verbs } of role.rules) expect([...resources, ...verbs]).not.to.contain('*');
    }
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
