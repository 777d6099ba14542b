import { posix } from 'node:path';

/** A bundle's definition (CNAB `bundle.json`), reduced to what a runtime needs. */

/** A JSON Schema (draft 7). */
export interface Definition {
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly writeOnly?: boolean;
  readonly contentEncoding?: string;
  readonly $comment?: string;
  readonly [keyword: string]: unknown;
}

/** Where a value goes inside the bundle's container. */
export interface Destination {
  readonly env?: string;
  readonly path?: string;
}

export interface BundleParameter {
  readonly definition: string;
  readonly applyTo?: readonly string[];
  readonly description?: string;
  readonly destination?: Destination;
  readonly required?: boolean;
}

export interface BundleCredential extends Destination {
  readonly applyTo?: readonly string[];
  readonly description?: string;
  readonly required?: boolean;
}

export interface BundleOutput {
  readonly definition: string;
  readonly applyTo?: readonly string[];
  readonly description?: string;
  /** Absolute path in the container, below {@link OUTPUTS_FOLDER}; without one there is never a value. */
  readonly path?: string;
}

/** A custom action; `install`, `upgrade` and `uninstall` always exist. */
export interface BundleAction {
  readonly modifies?: boolean;
  readonly stateless?: boolean;
  readonly description?: string;
}

export interface BundleImage {
  readonly image: string;
  readonly imageType?: string;
  readonly contentDigest?: string;
  readonly mediaType?: string;
  readonly size?: number;
}

export interface Bundle {
  readonly schemaVersion: string;
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly invocationImages: readonly BundleImage[];
  readonly images?: Readonly<Record<string, BundleImage>>;
  readonly actions?: Readonly<Record<string, BundleAction>>;
  readonly parameters?: Readonly<Record<string, BundleParameter>>;
  readonly credentials?: Readonly<Record<string, BundleCredential>>;
  readonly outputs?: Readonly<Record<string, BundleOutput>>;
  readonly definitions?: Readonly<Record<string, Definition>>;
  readonly requiredExtensions?: readonly string[];
  readonly custom?: Readonly<Record<string, unknown>>;
}

/** The bundle itself is wrong or lacks what is asked of it; no retry helps. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

/** Where bundles leave their outputs. */
export const OUTPUTS_FOLDER = '/cnab/app/outputs';

/** The parameter that Porter adds for `--debug`. */
export const PORTER_DEBUG = 'porter-debug';

/** `$comment` of what Porter adds to every bundle. */
const PORTER_INTERNAL = 'porter-internal';
const FILE_PARAMETERS = 'sh.porter.file-parameters';
/** In `custom` of every bundle that Porter has made; such ones have known files since before there was an extension for it. */
const MADE_BY_PORTER = 'sh.porter';
const BUILT_IN_ACTIONS: readonly string[] = ['install', 'upgrade', 'uninstall'];
const MAPS = ['images', 'actions', 'parameters', 'credentials', 'outputs', 'definitions', 'custom'] as const;

/**
 * Reads bundle.json, as fetched from a registry or kept in a run's record.
 * @throws {@link BundleError} when it is no bundle
 */
export function parseBundle(text: string): Bundle {
  const bundle = jsonObject(text) as Partial<Bundle>;
  for (const field of ['schemaVersion', 'name', 'version'] as const) {
    if (typeof bundle[field] !== 'string') throw new BundleError(`invalid bundle: ${field} is missing`);
  }
  if (!Array.isArray(bundle.invocationImages) || bundle.invocationImages.length === 0) {
    throw new BundleError('invalid bundle: no invocationImages are defined in the bundle');
  }
  for (const field of MAPS) {
    const value: unknown = bundle[field] ?? {};
    if (!isMap(value)) throw new BundleError(`invalid bundle: ${field} is not an object`);
    if (field !== 'custom' && !Object.values(value).every(isMap)) {
      throw new BundleError(`invalid bundle: ${field} has an entry that is not an object`);
    }
  }
  return bundle as Bundle;
}

/**
 * What would break a run only after the bundle has done its work is refused before.
 * @throws {@link BundleError} when a parameter or output has no definition, or an output is no file among the outputs
 */
export function checkBundle(bundle: Bundle): void {
  for (const [name, parameter] of Object.entries(bundle.parameters ?? {})) definitionOf(bundle, name, parameter);
  for (const [name, output] of Object.entries(bundle.outputs ?? {})) {
    definitionOf(bundle, name, output);
    const { path = `${OUTPUTS_FOLDER}/` } = output;
    if (path.startsWith(`${OUTPUTS_FOLDER}/`) && posix.normalize(path) === path) continue;
    throw new BundleError(`invalid bundle: the path ${path} of output ${name} is not below ${OUTPUTS_FOLDER}`);
  }
}

/** @throws {@link BundleError} when the bundle does not define the action */
export function actionOf(bundle: Bundle, action: string): BundleAction {
  if (BUILT_IN_ACTIONS.includes(action)) return { modifies: true, stateless: false };
  const custom = entryOf(bundle.actions, action);
  if (custom === undefined) {
    throw new BundleError(`invalid action '${action}' specified for bundle ${bundle.name}: action not defined`);
  }
  return custom;
}

/** Whether a parameter, credential or output takes part in an action; an empty list means every action. */
export function appliesTo(item: { readonly applyTo?: readonly string[] }, action: string): boolean {
  return item.applyTo === undefined || item.applyTo.length === 0 || item.applyTo.includes(action);
}

/** @throws {@link BundleError} when a parameter or output names a definition that is not there */
export function definitionOf(bundle: Bundle, name: string, item: { readonly definition: string }): Definition {
  const definition = entryOf(bundle.definitions, item.definition);
  if (definition === undefined) throw new BundleError(`invalid bundle: unable to find definition for ${name}`);
  return definition;
}

/** Whether a parameter's value is a secret; false for a name that the bundle does not know. */
export function isSensitiveParameter(bundle: Bundle, name: string): boolean {
  const parameter = entryOf(bundle.parameters, name);
  return parameter !== undefined && entryOf(bundle.definitions, parameter.definition)?.writeOnly === true;
}

/** Whether an output's value is a secret; false for a name that the bundle does not know. */
export function isSensitiveOutput(bundle: Bundle, name: string): boolean {
  const output = entryOf(bundle.outputs, name);
  return output !== undefined && entryOf(bundle.definitions, output.definition)?.writeOnly === true;
}

/** Whether Porter added the parameter for itself (`porter-debug`, `porter-state`); such ones never count as a change. */
export function isInternalParameter(bundle: Bundle, name: string): boolean {
  const parameter = entryOf(bundle.parameters, name);
  return parameter !== undefined && entryOf(bundle.definitions, parameter.definition)?.$comment === PORTER_INTERNAL;
}

/** Whether Porter added the output for itself (`porter-state`); users do not see such ones. */
export function isInternalOutput(bundle: Bundle, name: string): boolean {
  const output = entryOf(bundle.outputs, name);
  return output !== undefined && entryOf(bundle.definitions, output.definition)?.$comment === PORTER_INTERNAL;
}

/** Whether a parameter is a file of Porter's kind: its value travels as base64, and the bundle decodes it. */
export function isFile(bundle: Bundle, definition: Definition): boolean {
  const custom = bundle.custom ?? {};
  const supported =
    bundle.requiredExtensions?.includes(FILE_PARAMETERS) === true ||
    FILE_PARAMETERS in custom ||
    MADE_BY_PORTER in custom;
  return supported && definition.type === 'string' && definition.contentEncoding === 'base64';
}

/** An own entry of a map: a bundle may name its parameter `constructor`. */
export function entryOf<T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}

function jsonObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BundleError('invalid bundle: bundle.json is not JSON', { cause: error });
  }
  if (!isMap(value)) throw new BundleError('invalid bundle: bundle.json is not an object');
  return value;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
