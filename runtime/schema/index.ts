export { CustomResource, customResourceOf, PrinterColumn, printerColumnsOf, resourceOf } from './custom-resource.js';
export {
  Default,
  Embedded,
  Format,
  ListMapKeys,
  MapOf,
  MaxProperties,
  PreserveUnknown,
  StructAtomic,
  ValueMaxLength,
} from './field-decorators.js';
export { AtLeastOneOf, CelRule, ExactlyOneOf, Immutable } from './rule-decorators.js';
export { KubernetesObject } from './kubernetes-object.js';
export { Rbac, rbacOf } from './rbac.js';
export { StatusCondition } from './status-condition.js';
export { schemaOf } from './schema-of.js';
export type { SchemaSources } from './schema-of.js';
export type { StructuralSchema } from './structural-schema.js';
export type { RbacRule } from './rbac.js';
export type { ClassOf, CustomResourceOptions, PrinterColumnOptions, ValidationRule } from './metadata.js';
