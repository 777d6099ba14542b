export type { DeepReadonly } from '../client/index.js';
export { Admission, admissionOf } from './admission.js';
export type { AdmissionRules } from './admission.js';
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
export { fieldName, printable, problemText, sentenceOf } from './finding.js';
export type { FieldPath, Finding } from './finding.js';
export { AtLeastOneOf, CelRule, ExactlyOneOf, Immutable } from './rule-decorators.js';
export { KubernetesObject } from './kubernetes-object.js';
export { Rbac, rbacOf } from './rbac.js';
export { StatusCondition } from './status-condition.js';
export { schemaOf } from './schema-of.js';
export type { SchemaSources } from './schema-of.js';
export type { StructuralSchema } from './structural-schema.js';
export type { RbacRule } from './rbac.js';
export type { ClassOf, CustomResourceOptions, PrinterColumnOptions, ValidationRule } from './metadata.js';
