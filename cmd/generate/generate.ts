import { REASONS } from '../../api/porter/v1/conditions.js';
import { customResourceOf } from '../../runtime/schema/index.js';
import type { ClassOf, SchemaSources } from '../../runtime/schema/index.js';
import { customResourceDefinition } from './crd.js';
import { DocComments } from './doc-comments.js';
import { embeddedType } from './embedded-types.js';
import { yamlFile } from './generated-file.js';
import type { GeneratedFile } from './generated-file.js';
import { INTERNAL_KINDS, USER_KINDS } from './kinds.js';
import { PROGRAMS, rightsOf } from './programs.js';
import { indexPage, reasonsPage, referencePage } from './reference.js';
import { kindRoles, programRoles, rolesKustomization } from './roles.js';

/** Where the generator finds what metadata does not hold. */
export interface Inputs {
  /** Source files of the API classes. */
  readonly sources: readonly string[];
  /** The folder of compiled modules. */
  readonly build: string;
}

/** Everything that follows from the API classes, in an order that depends on nothing else. */
export async function generate({ sources, build }: Inputs): Promise<GeneratedFile[]> {
  const docs = DocComments.read(sources);
  const schemaSources: SchemaSources = {
    describe: (owner, field) => docs.describe(owner, field),
    embedded: embeddedType,
  };
  const crds = [...USER_KINDS.map(({ kind }) => kind), ...INTERNAL_KINDS].map((kind) => crdFile(kind, schemaSources));
  const roles = [
    ...(await Promise.all(PROGRAMS.map(async (program) => programRoles(program, await rightsOf(program, build))))),
    ...USER_KINDS.map(({ kind, audience }) => kindRoles(kind, audience)),
  ];
  const pages = [
    ...USER_KINDS.map(({ kind }) => referencePage(kind, schemaSources)),
    reasonsPage('Reasons of getporter.org/v1', REASONS),
  ];
  return [...crds, crdKustomization(crds), ...roles, rolesKustomization(roles), ...pages, indexPage(pages)];
}

function crdFile(kind: ClassOf, sources: SchemaSources): GeneratedFile {
  const { group, plural } = customResourceOf(kind);
  return yamlFile(`config/crd/bases/${group}_${plural}.yaml`, customResourceDefinition(kind, sources));
}

function crdKustomization(crds: readonly GeneratedFile[]): GeneratedFile {
  const resources = crds.map(({ path }) => path.replace('config/crd/', '')).sort();
  return yamlFile('config/crd/kustomization.yaml', { resources });
}
