import 'reflect-metadata';
import type { ClassOf } from './metadata.js';

/** Rights that an injectable needs for the requests it makes. */
export interface RbacRule {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Restricts the rule to objects of these names; never with `create`, `list` or `watch`. */
  readonly names?: readonly string[];
  /** Also needed when the program serves chosen namespaces only, because the resource has no namespace. */
  readonly clusterScope?: boolean;
  /** Needed in the program's own namespace only. */
  readonly ownNamespace?: boolean;
}

const RBAC = Symbol('rbac');

/** States rights next to the code that needs them; several add up, a subclass adds to its base class. */
export function Rbac(rule: RbacRule): ClassDecorator {
  return (target) => {
    const own = (Reflect.getOwnMetadata(RBAC, target) as readonly RbacRule[] | undefined) ?? [];
    Reflect.defineMetadata(RBAC, [rule, ...own], target);
  };
}

/** All rights stated on a class and on what it extends, the base class's first. */
export function rbacOf(target: ClassOf): readonly RbacRule[] {
  const parent = Object.getPrototypeOf(target) as ClassOf | null;
  const inherited = parent === null || (parent as unknown) === Function.prototype ? [] : rbacOf(parent);
  return [...inherited, ...((Reflect.getOwnMetadata(RBAC, target) as readonly RbacRule[] | undefined) ?? [])];
}
