import type { Resource } from '../client/index.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { classMarkers, markClass } from './metadata.js';
import type { ClassOf, CustomResourceOptions, PrinterColumnOptions } from './metadata.js';
import { requiredFieldsOf } from './schema-of.js';

/** Makes a class a kind of the API: the generator writes its CustomResourceDefinition. */
export function CustomResource(options: CustomResourceOptions): ClassDecorator {
  return (target) => markClass(target as unknown as ClassOf, { resource: options });
}

/** One column of `kubectl get`, in the order in which they are written above the class. */
export function PrinterColumn(options: PrinterColumnOptions): ClassDecorator {
  return (target) => markClass(target as unknown as ClassOf, { printerColumns: [options] });
}

/** What `@CustomResource` said; throws for a class without it. */
export function customResourceOf(target: ClassOf): CustomResourceOptions {
  const { resource } = classMarkers(target);
  if (resource === undefined) throw new Error(`${target.name} has no @CustomResource`);
  return resource;
}

/** The kind as the client knows it. */
export function resourceOf<T extends KubernetesObject>(target: ClassOf<T>): Resource<T> {
  const { group, version, kind, plural, scope } = customResourceOf(target);
  const specRequired = requiredFieldsOf(target).includes('spec');
  return { group, version, kind, plural, namespaced: scope === 'Namespaced', specRequired };
}

/** The columns of `kubectl get` in their order. */
export function printerColumnsOf(target: ClassOf): readonly PrinterColumnOptions[] {
  return classMarkers(target).printerColumns ?? [];
}
