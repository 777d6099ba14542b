import { customResourceOf } from '../../runtime/schema/index.js';
import type { ClassOf, RbacRule } from '../../runtime/schema/index.js';
import { yamlFile } from './generated-file.js';
import type { GeneratedFile } from './generated-file.js';
import { policyRules } from './permissions.js';
import type { PolicyRule } from './permissions.js';
import type { RoleSet } from './programs.js';

const PREFIX = 'porterops';
const FOLDER = 'config/rbac/generated';
const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-';

/**
 * The roles of a set: what has a namespace and what has none are apart, so that the first can be bound in chosen
 * namespaces only; and apart from both, what is needed in the program's own namespace only. None for what needs no rights.
 */
export function programRoles({ name, scope, rules }: RoleSet): GeneratedFile[] {
  const kind: RoleKind = scope === 'own' ? 'Role' : 'ClusterRole';
  // A program that has rights in its own namespace only has them all in one role.
  const isApart = ({ ownNamespace = false }: RbacRule) => ownNamespace && scope !== 'own';
  const parts = [
    { kind, suffix: '', rules: rules.filter((rule) => rule.clusterScope !== true && !isApart(rule)) },
    { kind, suffix: '-cluster', rules: rules.filter((rule) => rule.clusterScope) },
    { kind: 'Role' as RoleKind, suffix: '-own', rules: rules.filter(isApart) },
  ].filter((part) => part.rules.length > 0);
  if (parts.length === 0) return [];
  const roles = parts.map((part) => role(part.kind, `${PREFIX}-${name}${part.suffix}`, policyRules(part.rules)));
  return [yamlFile(`${FOLDER}/${name}-roles.yaml`, ...roles)];
}

/** Who may get which rights on a kind by the roles that every cluster has. */
export interface Audience {
  /** Added to the built-in `edit`: false where writing the kind amounts to running Pods or reading configuration. */
  readonly edit: boolean;
  /** Added to the built-in `view`. */
  readonly view: boolean;
}

/** Admin, editor and viewer roles of a kind. */
export function kindRoles(kind: ClassOf, { edit, view }: Audience): GeneratedFile {
  const { group, plural, kind: name } = customResourceOf(kind);
  const all = { apiGroups: [group], resources: [plural] };
  const status: PolicyRule = { apiGroups: [group], resources: [`${plural}/status`], verbs: ['get'] };
  const kindRole = (level: string, verbs: readonly string[], target?: string): object =>
    role('ClusterRole', `${PREFIX}-${name.toLowerCase()}-${level}`, [{ ...all, verbs }, status], target);
  return yamlFile(
    `${FOLDER}/${name.toLowerCase()}-roles.yaml`,
    kindRole('admin', ['*'], 'admin'),
    kindRole('editor', WRITE, edit ? 'edit' : undefined),
    kindRole('viewer', ['get', 'list', 'watch'], view ? 'view' : undefined),
  );
}

/** Names the generated roles for kustomize. */
export function rolesKustomization(files: readonly GeneratedFile[]): GeneratedFile {
  const resources = files.map(({ path }) => path.slice(FOLDER.length + 1)).sort();
  return yamlFile(`${FOLDER}/kustomization.yaml`, { resources });
}

const WRITE = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

type RoleKind = 'Role' | 'ClusterRole';

function role(kind: RoleKind, name: string, rules: readonly PolicyRule[], aggregateTo?: string): object {
  const labels = {
    'app.kubernetes.io/name': PREFIX,
    ...(aggregateTo !== undefined && { [`${AGGREGATE}${aggregateTo}`]: 'true' }),
  };
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name, labels }, rules };
}
