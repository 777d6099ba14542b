import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as kubernetes from '@kubernetes/client-node';
import ts from 'typescript';
import type { StructuralSchema } from '../../runtime/schema/index.js';
import { docTextOf } from './doc-text.js';

/**
 * Schemas of the built-in API's types, taken from client-node's generated models: the attribute maps carry names, types
 * and formats, the declaration files carry which fields are optional and what they mean. Nothing is read from a cluster.
 */
export function embeddedType(name: string): StructuralSchema {
  return objectSchema(name in ALIASES ? (ALIASES[name] as string) : `V1${name}`);
}

/** Types that are not called `V1…` in client-node. */
const ALIASES: Readonly<Record<string, string>> = { ResourceClaim: 'CoreV1ResourceClaim' };

/** A Kubernetes quantity as every built-in schema has it. */
const QUANTITY: StructuralSchema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  pattern:
    '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
  'x-kubernetes-int-or-string': true,
};

/** What the models do not tell: fields whose strings are quantities. */
const QUANTITY_FIELDS = new Set([
  'V1ResourceRequirements.limits',
  'V1ResourceRequirements.requests',
  'V1VolumeResourceRequirements.limits',
  'V1VolumeResourceRequirements.requests',
  'V1EmptyDirVolumeSource.sizeLimit',
  'V1ResourceFieldSelector.divisor',
]);

/** What the models do not tell: objects that server-side apply replaces as a whole. */
const ATOMIC = new Set([
  'V1ConfigMapKeySelector',
  'V1FileKeySelector',
  'V1LabelSelector',
  'V1LocalObjectReference',
  'V1ObjectFieldSelector',
  'V1ResourceFieldSelector',
  'V1SecretKeySelector',
  'V1TypedLocalObjectReference',
]);

/** What the models do not tell: lists whose items are told apart by a field. */
const LIST_MAP_KEYS: Readonly<Record<string, string>> = { 'V1ResourceRequirements.claims': 'name' };

/** Metadata of a template: what may be set there. */
const TEMPLATE_METADATA: StructuralSchema = {
  type: 'object',
  properties: {
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

interface Declared {
  readonly description: string | undefined;
  readonly optional: ReadonlySet<string>;
  readonly fields: ReadonlyMap<string, string>;
}

function objectSchema(model: string): StructuralSchema {
  if (model === 'V1ObjectMeta') return TEMPLATE_METADATA;
  const declared = declarationOf(model);
  const properties = attributesOf(model).map((attribute): [string, StructuralSchema] => [
    attribute.baseName,
    fieldSchema(model, attribute, declared.fields.get(attribute.baseName)),
  ]);
  const required = properties.map(([name]) => name).filter((name) => !declared.optional.has(name));
  return {
    type: 'object',
    ...(declared.description !== undefined && { description: declared.description }),
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required: required.sort() }),
    ...(ATOMIC.has(model) && { 'x-kubernetes-map-type': 'atomic' }),
  };
}

function fieldSchema(model: string, attribute: Attribute, description: string | undefined): StructuralSchema {
  const field = `${model}.${attribute.baseName}`;
  const key = LIST_MAP_KEYS[field];
  return {
    ...typeSchema(attribute.type, QUANTITY_FIELDS.has(field) ? 'quantity' : attribute.format),
    ...(description !== undefined && { description }),
    ...(key !== undefined && { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] }),
  };
}

function typeSchema(type: string, format: string): StructuralSchema {
  const item = /^Array<(.*)>$/.exec(type)?.[1];
  if (item !== undefined) return { type: 'array', items: typeSchema(item, format) };
  const value = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (value !== undefined) return { type: 'object', additionalProperties: typeSchema(value, format) };
  if (format === 'quantity') return QUANTITY;
  return scalarSchema(type, format) ?? objectSchema(type);
}

function scalarSchema(type: string, format: string): StructuralSchema | undefined {
  switch (type) {
    case 'string':
      return { type: 'string', ...(format !== '' && { format }) };
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
      return format.startsWith('int') ? { type: 'integer', format } : { type: 'number', format };
    case 'Date':
      return { type: 'string', format: 'date-time' };
    case 'IntOrString':
      return { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true };
    case 'any':
      return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    default:
      return undefined;
  }
}

function attributesOf(model: string): readonly Attribute[] {
  const found = (kubernetes as unknown as Record<string, unknown>)[model] as
    { getAttributeTypeMap(): Attribute[] } | undefined;
  if (found === undefined) throw new Error(`client-node has no model ${model}`);
  return found.getAttributeTypeMap();
}

function declarationOf(model: string): Declared {
  const entry = import.meta.resolve('@kubernetes/client-node');
  const file = fileURLToPath(new URL(`./gen/models/${model}.d.ts`, entry));
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const declaration = source.statements.find(ts.isClassDeclaration);
  if (declaration === undefined) throw new Error(`${file} declares no class`);
  const members = declaration.members.filter(ts.isPropertyDeclaration);
  const named = members.map((member) => [(member.name as ts.StringLiteral).text, member] as const);
  return {
    description: docTextOf(declaration),
    optional: new Set(named.filter(([, member]) => member.questionToken !== undefined).map(([name]) => name)),
    fields: new Map(named.map(([name, member]) => [name, unescaped(docTextOf(member) ?? '')])),
  };
}

/** The models' generator escapes quotes in comments. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(['"])/g, '$1');
}
