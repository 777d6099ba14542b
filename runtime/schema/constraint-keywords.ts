import type { Constraint } from './class-validator.js';
import { safePattern } from './safe-pattern.js';
import type { StructuralSchema } from './structural-schema.js';

type Keywords = (values: readonly unknown[], message?: string) => StructuralSchema;

const number = (values: readonly unknown[]): number => Number(values[0]);

/** What each decorator of class-validator means as a schema; one that is not here is refused. */
const KEYWORDS: Readonly<Record<string, Keywords>> = {
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isBoolean: () => ({ type: 'boolean' }),
  isObject: () => ({ type: 'object' }),
  isArray: () => ({ type: 'array' }),
  isIn: (values) => enumOf(values[0] as readonly unknown[]),
  isEnum: (values) => enumOf(Object.values(values[0] as object)),
  min: (values) => ({ minimum: number(values) }),
  max: (values) => ({ maximum: number(values) }),
  minLength: (values) => ({ minLength: number(values) }),
  maxLength: (values) => ({ maxLength: number(values) }),
  isLength: ([min, max]) => ({ minLength: Number(min), ...(max !== undefined && { maxLength: Number(max) }) }),
  isNotEmpty: () => ({ minLength: 1 }),
  matches: (values, message) => matching(values[0] as RegExp, message),
  arrayMinSize: (values) => ({ minItems: number(values) }),
  arrayMaxSize: (values) => ({ maxItems: number(values) }),
  arrayUnique: () => ({ 'x-kubernetes-list-type': 'set' }),
  isDateString: () => ({ type: 'string', format: 'date-time' }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isUrl: () => ({ type: 'string', format: 'uri' }),
  isBase64: () => ({ type: 'string', format: 'byte' }),
  isDefined: () => ({}),
  nested: () => ({}),
  optional: () => ({}),
};

/** The schema that a field's constraints add up to; `x-kubernetes-validations` of several are joined. */
export function keywordsOf(constraints: readonly Constraint[]): StructuralSchema {
  return constraints.reduce<StructuralSchema>((schema, constraint) => {
    const keywords = KEYWORDS[constraint.name];
    if (keywords === undefined) throw new Error(`@${constraint.name} has no counterpart in a schema`);
    const added = keywords(constraint.values, constraint.message);
    return { ...schema, ...added, ...joinedRules(schema, added) };
  }, {});
}

/** A pattern with a message becomes a rule, because a schema's `pattern` answers with the expression only. */
function matching(pattern: RegExp, message: string | undefined): StructuralSchema {
  const source = safePattern(pattern);
  if (message === undefined) return { pattern: source };
  return { 'x-kubernetes-validations': [{ rule: `self.matches(${JSON.stringify(source)})`, message }] };
}

function enumOf(values: readonly unknown[]): StructuralSchema {
  const types = new Set(values.map((value) => (typeof value === 'number' ? 'integer' : typeof value)));
  const [type] = types;
  if (types.size !== 1 || (type !== 'string' && type !== 'integer')) {
    throw new Error(`an enum of ${[...types].join(' and ')} cannot be expressed`);
  }
  return { type, enum: values };
}

function joinedRules(schema: StructuralSchema, added: StructuralSchema): StructuralSchema {
  const rules = [...(schema['x-kubernetes-validations'] ?? []), ...(added['x-kubernetes-validations'] ?? [])];
  return rules.length > 0 ? { 'x-kubernetes-validations': rules } : {};
}
