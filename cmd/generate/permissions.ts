import { reconciledBy } from '../../runtime/controller/index.js';
import type { WatchBuilder } from '../../runtime/controller/index.js';
import type { Resource } from '../../runtime/client/index.js';
import { rbacOf } from '../../runtime/schema/index.js';
import type { ClassOf, RbacRule } from '../../runtime/schema/index.js';

/** A rule as RBAC writes it. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const READ = ['get', 'list', 'watch'];

/** The rights of a class: those that `@Rbac` states, and those that follow from what it reconciles and watches. */
export function permissionsOf(target: ClassOf): readonly RbacRule[] {
  return [...rbacOf(target), ...(isReconciler(target) ? derivedFrom(target) : [])];
}

/** Joins rules so that each resource is named once per set of verbs; the order depends on nothing but the rules. */
export function policyRules(rules: readonly RbacRule[]): PolicyRule[] {
  const verbs = new Map<string, Set<string>>();
  for (const rule of rules) {
    for (const key of keysOf(rule)) verbs.set(key, new Set([...(verbs.get(key) ?? []), ...rule.verbs]));
  }
  const joined = new Map<string, { group: string; names: readonly string[]; verbs: string[]; resources: string[] }>();
  for (const [key, granted] of [...verbs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [group, resource, names] = JSON.parse(key) as [string, string, string[]];
    const sorted = [...granted].sort();
    const id = JSON.stringify([group, names, sorted]);
    const entry = joined.get(id) ?? { group, names, verbs: sorted, resources: [] };
    joined.set(id, { ...entry, resources: [...entry.resources, resource] });
  }
  return [...joined.values()].map(({ group, names, verbs: granted, resources }) => ({
    apiGroups: [group],
    resources,
    ...(names.length > 0 && { resourceNames: names }),
    verbs: granted,
  }));
}

function keysOf(rule: RbacRule): string[] {
  const names = [...(rule.names ?? [])].sort();
  return rule.groups.flatMap((group) => rule.resources.map((resource) => JSON.stringify([group, resource, names])));
}

function isReconciler(target: ClassOf): boolean {
  try {
    return reconciledBy(target.prototype as object).resource.kind !== '';
  } catch {
    return false;
  }
}

function derivedFrom(target: ClassOf): RbacRule[] {
  const { resource, finalizer } = reconciledBy(target.prototype as object);
  const { group, plural } = resource;
  const clusterScope = !resource.namespaced;
  const own = { groups: [group], clusterScope };
  return [
    { ...own, resources: [plural], verbs: finalizer === undefined ? READ : [...READ, 'patch'] },
    { ...own, resources: [`${plural}/status`], verbs: ['patch'] },
    { ...own, resources: [`${plural}/finalizers`], verbs: ['update'] },
    ...watchedBy(target).map((watched) => ({
      groups: [watched.group],
      resources: [watched.plural],
      verbs: READ,
      clusterScope: !watched.namespaced,
    })),
  ];
}

/** What a reconciler's `watch` names itself; what a collaborator of it watches, that collaborator states by `@Rbac`. */
function watchedBy(target: ClassOf): Resource[] {
  const watched: Resource[] = [];
  const record = (resource: Resource): WatchBuilder => {
    watched.push(resource);
    return builder;
  };
  const builder = { owns: record, watches: record, index: () => builder } as unknown as WatchBuilder;
  const prototype = target.prototype as { watch(on: WatchBuilder): void };
  prototype.watch.call(withoutCollaborators(prototype), builder);
  return watched;
}

/** An instance that was never constructed: its methods are there, and whatever would have been injected does nothing. */
function withoutCollaborators<T extends object>(prototype: T): T {
  return new Proxy(Object.create(prototype) as T, {
    get: (target, name, receiver): unknown => (name in target ? Reflect.get(target, name, receiver) : NOTHING),
  });
}

const NOTHING: unknown = new Proxy(() => undefined, { get: () => NOTHING, apply: () => NOTHING });
