import { customResourceOf, printerColumnsOf, schemaOf } from '../../runtime/schema/index.js';
import type { ClassOf, SchemaSources, StructuralSchema, ValidationRule } from '../../runtime/schema/index.js';

/** The CustomResourceDefinition of a kind, as it is applied. */
export function customResourceDefinition(kind: ClassOf, sources: SchemaSources): object {
  const resource = customResourceOf(kind);
  const { group, version, plural, scope, subresources } = resource;
  const columns = printerColumnsOf(kind);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: namesOf(kind),
      scope,
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(columns.length > 0 && { additionalPrinterColumns: columns }),
          schema: { openAPIV3Schema: sorted(rootSchema(kind, sources)) },
          ...(subresources?.status && { subresources: { status: {} } }),
        },
      ],
    },
  };
}

function namesOf(kind: ClassOf): object {
  const { kind: name, plural, singular, shortNames, categories } = customResourceOf(kind);
  return {
    kind: name,
    listKind: `${name}List`,
    plural,
    singular: singular ?? name.toLowerCase(),
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
  };
}

/**
 * For kinds with a status, instead of `required`. An API server refuses every update of an object that lacks a required
 * field, also of its status and finalizers: one that was stored without a spec, as upstream's definitions allow, could
 * neither be told so nor ever go.
 */
const SPEC_REQUIRED: ValidationRule = {
  rule: 'has(self.spec) || (oldSelf.hasValue() && !has(oldSelf.value().spec))',
  message: 'say in spec what is wanted',
  reason: 'FieldValueRequired',
  fieldPath: '.spec',
  optionalOldSelf: true,
};

/** Adds the fields that every object has and that no class declares. */
function rootSchema(kind: ClassOf, sources: SchemaSources): StructuralSchema {
  const { required = [], ...schema } = schemaOf(kind, sources);
  const isSpared = required.includes('spec') && customResourceOf(kind).subresources?.status === true;
  const others = required.filter((field) => !isSpared || field !== 'spec');
  const rules = [...(isSpared ? [SPEC_REQUIRED] : []), ...(schema['x-kubernetes-validations'] ?? [])];
  return {
    ...schema,
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of this object.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      ...schema.properties,
    },
    ...(others.length > 0 && { required: others }),
    ...(rules.length > 0 && { 'x-kubernetes-validations': rules }),
  };
}

/** Fields by name, so that moving one in its class changes nothing. */
function sorted(schema: StructuralSchema): StructuralSchema {
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, property]) => [name, sorted(property)]),
      ),
    }),
    ...(items && { items: sorted(items) }),
    ...(additionalProperties && { additionalProperties: sorted(additionalProperties) }),
  };
}
