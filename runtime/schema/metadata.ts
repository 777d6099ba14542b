import 'reflect-metadata';
import type { AdmissionRules } from './admission.js';

/** A class as a value: what decorators are put on and what the walker is given. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- constructor parameters are contravariant, so `unknown` would refuse every class that has some
export type ClassOf<T = object> = abstract new (...args: any[]) => T;

/** How a custom resource is registered; the names as in a CustomResourceDefinition. */
export interface CustomResourceOptions {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Defaults to the kind in lower case. */
  readonly singular?: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: { readonly status?: boolean };
}

/** One column of `kubectl get`; `priority` above 0 shows it with `-o wide` only. */
export interface PrinterColumnOptions {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description?: string;
  readonly format?: string;
  readonly priority?: number;
}

/** A CEL rule as in `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** What the values of a map or the items of a list are, where a decorator has to say so. */
export type ElementType = 'string' | 'boolean' | 'integer' | 'byte' | (() => ClassOf);

/** What our own decorators say about one field; class-validator and class-transformer keep the rest. */
export interface FieldMarkers {
  default?: { readonly value: unknown };
  mapOf?: ElementType;
  preserveUnknown?: true;
  embedded?: string;
  format?: string;
  listMapKeys?: readonly string[];
  structAtomic?: true;
  maxProperties?: number;
  itemMaxLength?: number;
  rules?: readonly ValidationRule[];
}

/** What our own decorators say about a whole class. */
export interface ClassMarkers {
  resource?: CustomResourceOptions;
  admission?: AdmissionRules;
  printerColumns?: readonly PrinterColumnOptions[];
  structAtomic?: true;
  rules?: readonly ValidationRule[];
}

const FIELDS = Symbol('schema:fields');
const CLASS = Symbol('schema:class');

/** Adds to what is known of a field; rules accumulate, everything else is replaced. */
export function markField(prototype: object, field: string | symbol, markers: FieldMarkers): void {
  const own = ownFields(prototype);
  const name = String(field);
  const before = own.get(name) ?? {};
  own.set(name, { ...before, ...markers, ...mergedRules(markers, before) });
}

/** Adds to what is known of a class; rules and columns accumulate. */
export function markClass(target: ClassOf, markers: ClassMarkers): void {
  const before = (Reflect.getOwnMetadata(CLASS, target) as ClassMarkers | undefined) ?? {};
  const columns = [...(markers.printerColumns ?? []), ...(before.printerColumns ?? [])];
  Reflect.defineMetadata(
    CLASS,
    { ...before, ...markers, ...mergedRules(markers, before), ...(columns.length > 0 && { printerColumns: columns }) },
    target,
  );
}

/** The markers of a class's fields, inherited ones included. */
export function fieldMarkers(target: ClassOf): ReadonlyMap<string, FieldMarkers> {
  return collectFields(target.prototype as object);
}

/** The markers of the class itself; nothing of them is inherited. */
export function classMarkers(target: ClassOf): ClassMarkers {
  return (Reflect.getOwnMetadata(CLASS, target) as ClassMarkers | undefined) ?? {};
}

/** Decorators run from the bottom up; the reader's order is from the top down. */
function mergedRules(
  added: { rules?: readonly ValidationRule[] },
  before: { rules?: readonly ValidationRule[] },
): { rules?: readonly ValidationRule[] } {
  const rules = [...(added.rules ?? []), ...(before.rules ?? [])];
  return rules.length > 0 ? { rules } : {};
}

function ownFields(prototype: object): Map<string, FieldMarkers> {
  const existing = Reflect.getOwnMetadata(FIELDS, prototype) as Map<string, FieldMarkers> | undefined;
  if (existing !== undefined) return existing;
  const created = new Map<string, FieldMarkers>();
  Reflect.defineMetadata(FIELDS, created, prototype);
  return created;
}

function collectFields(prototype: object | null): Map<string, FieldMarkers> {
  if (prototype === null || prototype === Object.prototype) return new Map();
  const inherited = collectFields(Object.getPrototypeOf(prototype) as object | null);
  const own = Reflect.getOwnMetadata(FIELDS, prototype) as Map<string, FieldMarkers> | undefined;
  return new Map([...inherited, ...(own ?? [])]);
}
