import { join } from 'node:path';
import { customResourceOf } from '../../runtime/schema/index.js';
import type { ClassOf, SchemaSources } from '../../runtime/schema/index.js';
import { customResourceDefinition } from './crd.js';
import { DocComments } from './doc-comments.js';
import type { SourceFile } from './doc-comments.js';
import { embeddedType } from './embedded-types.js';
import { FAMILIES, INTERNAL_KINDS } from './families.js';
import type { Family } from './families.js';
import { yamlFile } from './generated-file.js';
import type { GeneratedFile } from './generated-file.js';
import { metricDefinitions, metricsPage } from './metrics.js';
import { PROGRAMS, loadModule, roleSetsOf } from './programs.js';
import { indexPage, reasonsPage, referencePage } from './reference.js';
import { kindRoles, programRoles, rolesKustomization } from './roles.js';
import { stateStorePage } from './state-store.js';
import { webhookManifests } from './webhooks.js';

/** Where the generator finds what metadata does not hold. */
export interface Inputs {
  /** The folder of the project. */
  readonly root: string;
  /** Source files of the API classes, relative to `root`. */
  readonly sources: readonly string[];
  readonly families?: readonly Family[];
}

/** Everything that follows from the API classes, in an order that depends on nothing else. */
export async function generate({ root, sources, families = FAMILIES }: Inputs): Promise<GeneratedFile[]> {
  const build = join(root, 'build');
  const docs = DocComments.read(await Promise.all(sources.map((source) => sourceFile(root, source))));
  const userKinds = families.flatMap(({ kinds }) => kinds);
  const schemaSources: SchemaSources = {
    describe: (owner, field) => docs.describe(owner, field),
    embedded: embeddedType,
  };
  const crds = [...userKinds.map(({ kind }) => kind), ...INTERNAL_KINDS].map((kind) => crdFile(kind, schemaSources));
  const roleSets = await Promise.all(PROGRAMS.map((program) => roleSetsOf(program, families, build)));
  const roles = [
    ...roleSets.flat().flatMap(programRoles),
    ...userKinds.map(({ kind, audience }) => kindRoles(kind, audience)),
  ];
  const pages = [
    ...userKinds.map(({ kind }) => referencePage(kind, schemaSources)),
    metricsPage(metricDefinitions(families)),
    await stateStorePage(build),
    reasonsPage(Object.assign({}, ...families.map(({ reasons }) => reasons)) as Family['reasons']),
  ];
  return [
    ...crds,
    crdKustomization(crds),
    ...roles,
    rolesKustomization(roles),
    webhookManifests(userKinds.map(({ kind }) => kind)),
    ...pages,
    indexPage(pages),
  ];
}

async function sourceFile(root: string, path: string): Promise<SourceFile> {
  const exports = await loadModule(join(root, 'build', path.replace(/\.ts$/, '.js')));
  return { path: join(root, path), exports };
}

function crdFile(kind: ClassOf, sources: SchemaSources): GeneratedFile {
  const { group, plural } = customResourceOf(kind);
  return yamlFile(`config/crd/bases/${group}_${plural}.yaml`, customResourceDefinition(kind, sources));
}

function crdKustomization(crds: readonly GeneratedFile[]): GeneratedFile {
  const resources = crds.map(({ path }) => path.replace('config/crd/', '')).sort();
  return yamlFile('config/crd/kustomization.yaml', { resources });
}
