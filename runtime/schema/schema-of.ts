import { nestedTypeOf } from './class-transformer.js';
import { constraintsOf } from './class-validator.js';
import type { Constraint } from './class-validator.js';
import { keywordsOf } from './constraint-keywords.js';
import { checkListMapKeys, markerKeywords } from './marker-keywords.js';
import { classMarkers, fieldMarkers } from './metadata.js';
import type { ClassOf, ElementType, FieldMarkers } from './metadata.js';
import type { StructuralSchema } from './structural-schema.js';

/** What the decorators cannot know. */
export interface SchemaSources {
  /** The doc comment of a class, or of one of its fields. */
  describe?(owner: ClassOf, field?: string): string | undefined;
  /** The schema of a type of the built-in API, as `@Embedded` names it. */
  embedded?(type: string): StructuralSchema;
}

/**
 * The structural schema of a decorated class. Throws with the path of the field for everything that would get lost or
 * that an API server refuses: a field without a type, a map without the type of its values, a class within itself, an
 * expression that RE2 does not know.
 */
export function schemaOf(target: ClassOf, sources: SchemaSources = {}): StructuralSchema {
  return new Walk(sources, []).object(target);
}

/** The names of the fields that every object of the class has. */
export function requiredFieldsOf(target: ClassOf): string[] {
  return fieldsOf(target).flatMap((field) => (isRequired(field) ? [field.name] : []));
}

/** One field while it is looked at. */
interface Field {
  readonly owner: ClassOf;
  readonly name: string;
  readonly constraints: readonly Constraint[];
  readonly markers: FieldMarkers;
}

/** One step down the classes; `path` holds the classes above, so that a cycle is seen. */
class Walk {
  constructor(
    private readonly sources: SchemaSources,
    private readonly path: readonly ClassOf[],
  ) {}

  object(target: ClassOf): StructuralSchema {
    if (this.path.includes(target)) {
      throw new Error(`cycle: ${[...this.path, target].map((step) => step.name).join(' → ')}`);
    }
    const below = new Walk(this.sources, [...this.path, target]);
    const fields = fieldsOf(target);
    if (fields.length === 0 && classMarkers(target).resource === undefined && this.path.length > 0) {
      throw new Error(`${target.name}: no field has a decorator`);
    }
    const required = requiredFieldsOf(target);
    return {
      type: 'object',
      ...described(this.sources.describe?.(target)),
      properties: Object.fromEntries(fields.map((field) => [field.name, below.field(field)])),
      ...(required.length > 0 && { required: required.sort() }),
      ...markerKeywords(classMarkers(target)),
    };
  }

  private field(field: Field): StructuralSchema {
    try {
      const schema = this.typed(field);
      if (schema.type === undefined && schema['x-kubernetes-int-or-string'] === undefined) {
        throw new Error('no decorator says its type');
      }
      checkListMapKeys(schema);
      return { ...schema, ...described(this.sources.describe?.(field.owner, field.name)) };
    } catch (error) {
      const { message } = error as Error;
      throw new Error(message.startsWith('cycle') ? message : `${field.owner.name}.${field.name}: ${message}`, {
        cause: error,
      });
    }
  }

  private typed(field: Field): StructuralSchema {
    const whole = keywordsOf(field.constraints.filter(({ each }) => !each));
    const isList = whole.type === 'array';
    const content = this.content(field, isList);
    const { 'x-kubernetes-validations': ownRules = [], ...markers } = markerKeywords(field.markers);
    const below = isList ? { items: listItems(content, field) } : content;
    const rules = [
      ...(below['x-kubernetes-validations'] ?? []),
      ...(whole['x-kubernetes-validations'] ?? []),
      ...ownRules,
    ];
    return { ...below, ...whole, ...markers, ...(rules.length > 0 && { 'x-kubernetes-validations': rules }) };
  }

  /** What a field holds, or what each item of its list holds, where another type says it. */
  private content(field: Field, isList: boolean): StructuralSchema {
    const { markers } = field;
    if (markers.embedded !== undefined) return this.embedded(markers.embedded);
    if (markers.mapOf !== undefined) return { type: 'object', additionalProperties: this.element(markers) };
    const nested = nestedTypeOf(field.owner, field.name);
    if (nested !== undefined) return this.object(nested);
    const isUntypedObject = field.constraints.some(({ name }) => name === 'isObject' || name === 'nested');
    if (isUntypedObject && !isList && markers.preserveUnknown === undefined) {
      throw new Error('say what it contains: @Type with @ValidateNested, @MapOf or @PreserveUnknown');
    }
    return {};
  }

  private element(markers: FieldMarkers): StructuralSchema {
    const length = markers.itemMaxLength === undefined ? {} : { maxLength: markers.itemMaxLength };
    return { ...this.elementType(markers.mapOf as ElementType), ...length };
  }

  private elementType(element: ElementType): StructuralSchema {
    if (typeof element === 'function') return this.object(element());
    return element === 'byte' ? { type: 'string', format: 'byte' } : { type: element };
  }

  private embedded(type: string): StructuralSchema {
    if (this.sources.embedded === undefined) throw new Error(`nothing knows the built-in type ${type}`);
    return this.sources.embedded(type);
  }
}

function fieldsOf(target: ClassOf): Field[] {
  const constraints = constraintsOf(target);
  const markers = fieldMarkers(target);
  const names = new Set([...constraints.keys(), ...markers.keys()]);
  return [...names].map((name) => ({
    owner: target,
    name,
    constraints: constraints.get(name) ?? [],
    markers: markers.get(name) ?? {},
  }));
}

function isRequired({ constraints, markers }: Field): boolean {
  return markers.default === undefined && !constraints.some(({ name }) => name === 'optional');
}

function listItems(content: StructuralSchema, field: Field): StructuralSchema {
  const items = { ...content, ...keywordsOf(field.constraints.filter(({ each }) => each)) };
  if (items.type === undefined) throw new Error('say what its items are');
  return items;
}

function described(description: string | undefined): StructuralSchema {
  return description === undefined ? {} : { description };
}
