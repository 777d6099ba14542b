import { createHash } from 'node:crypto';
import Ajv from 'ajv';
import type { Bundle, Definition } from './bundle.js';
import { appliesTo, definitionOf, entryOf, isFile } from './bundle.js';

/** A value that a parameter or credential cannot have, or one that is missing; the message names it, never the value of a secret. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** One value for the record of a run: its name, where it came from, and what it was. */
export interface DigestEntry {
  readonly name: string;
  readonly strategy: string;
  readonly hint: string;
  readonly resolvedValue: string;
}

/**
 * The values of all parameters that take part in an action: given ones converted to their type, else defaults, else `''`
 * (`null` for a file), each checked by the bundle's definition.
 * @param given by name, as text or as JSON values; later sources must already have replaced earlier ones
 * @throws {@link ValueError} for a name that the bundle does not know, a required one that is not given (a default is no
 *   value), and a value that its definition does not allow; BundleError when a definition is missing
 */
export function resolveParameters(
  bundle: Bundle,
  action: string,
  given: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, unknown> {
  refuseUnknown(bundle, given);
  const values = new Map<string, unknown>();
  for (const [name, parameter] of Object.entries(bundle.parameters ?? {})) {
    if (!appliesTo(parameter, action)) continue;
    const definition = definitionOf(bundle, name, parameter);
    if (!given.has(name) && parameter.required === true) throw new ValueError(`parameter "${name}" is required`);
    const value = given.has(name) ? typedValue(name, definition, given.get(name)) : definition.default;
    if (value !== undefined && value !== null) validate(name, definition, value);
    values.set(name, value ?? (isFile(bundle, definition) ? null : ''));
  }
  return values;
}

/**
 * How Porter writes a value into records, environment and files: text as it is, everything else as JSON with members in
 * order of their names, none as `''`.
 */
export function parameterText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, inOrder);
}

function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The digest that Porter keeps with a run to see whether values changed: over all entries, in order of their names. */
export function valuesDigest(entries: readonly DigestEntry[]): string {
  if (entries.length === 0) return '';
  const ordered = entries
    .map(({ name, strategy, hint, resolvedValue }) => ({ name, strategy, hint, resolvedValue }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return `sha256:${createHash('sha256').update(JSON.stringify(ordered)).digest('hex')}`;
}

/**
 * A value as the type that the definition asks for. Porter takes every value for text first: a number that is given for
 * text is that text, and no value is empty text. Where a definition allows several types, or Porter any, it is left as it is.
 * @throws {@link ValueError} when the text cannot be read as that type
 */
export function typedValue(name: string, definition: Definition, value: unknown): unknown {
  if (Array.isArray(definition.type)) return value;
  const text = parameterText(value);
  switch (definition.type) {
    case 'integer':
      return converted(name, definition, safeInteger(text));
    case 'number':
      return converted(name, definition, NUMBER.test(text) ? Number(text) : undefined);
    case 'boolean':
      return converted(name, definition, { true: true, false: false }[text.toLowerCase()]);
    case 'array':
    case 'object':
      return converted(name, definition, parsedJson(text));
    default:
      return text;
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function converted(name: string, definition: Definition, value: unknown): unknown {
  if (value === undefined || value === null) {
    throw new ValueError(`unable to convert parameter ${name} to its type ${String(definition.type)}`);
  }
  return value;
}

/** Porter allows 64 bits, JSON numbers carry 53 of them; what does not fit is refused rather than rounded. */
function safeInteger(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refuseUnknown(bundle: Bundle, given: ReadonlyMap<string, unknown>): void {
  const unknown = [...given.keys()].filter((name) => entryOf(bundle.parameters, name) === undefined);
  if (unknown.length === 0) return;
  const known =
    Object.keys(bundle.parameters ?? {})
      .sort()
      .join(', ') || 'none';
  const [first = '', ...others] = unknown;
  const also = others.length > 0 ? ` (nor ${others.join(', ')})` : '';
  throw new ValueError(
    `parameter ${first} not defined in bundle ${bundle.name} ${bundle.version}${also}; it has: ${known}`,
  );
}

/** A definition is a draft 7 schema from the bundle's author: no remote references, unknown formats are let pass. */
function validate(name: string, definition: Definition, value: unknown): void {
  const ajv = new Ajv({ format: false, logger: false });
  const { $id: _, $schema: __, ...schema } = definition;
  let check;
  try {
    check = ajv.compile(schema);
  } catch (error) {
    throw new ValueError(`the bundle's definition of parameter ${name} is no valid schema: ${String(error)}`);
  }
  if (check(value)) return;
  const [problem] = check.errors ?? [];
  throw new ValueError(`parameter ${name} does not satisfy its definition: it ${problem?.message ?? 'is not allowed'}`);
}
