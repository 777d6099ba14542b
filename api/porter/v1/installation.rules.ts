import type { DeepReadonly, Finding } from '../../../runtime/schema/index.js';
import type { BundleReference, Installation, InstallationSpec } from './installation.js';
import { metadataWarnings } from './metadata.rules.js';

/** Bytes of JSON; with the document's other fields it must fit a Secret several times over. */
const MAX_PARAMETERS_BYTES = 256 * 1024;
const MAX_DEPTH = 64;
/** So many wrong parameters are named. */
const MAX_FINDINGS = 10;

/** What is wrong with an Installation's parameters. */
export function installationProblems({ parameters = {} }: DeepReadonly<InstallationSpec>): Finding[] {
  const wrong: Finding[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    const text = valueProblem(value, 1);
    if (text !== undefined) wrong.push({ path: ['spec', 'parameters', name], text });
    if (wrong.length === MAX_FINDINGS) break;
  }
  return wrong.length > 0 ? wrong : sizeProblems(parameters);
}

/** What an Installation says in vain. */
export function installationWarnings(installation: DeepReadonly<Installation>): Finding[] {
  const { bundle } = installation.spec;
  return [...metadataWarnings(installation), ...bundleWarnings(bundle)];
}

/** Deeper ones have been refused before: this one cannot exhaust the stack. */
function sizeProblems(parameters: object): Finding[] {
  const size = Buffer.byteLength(JSON.stringify(parameters));
  if (size <= MAX_PARAMETERS_BYTES) return [];
  const text = `is ${size} bytes of JSON, more than ${MAX_PARAMETERS_BYTES}: keep large values in Secrets, by a ParameterSet`;
  return [{ path: ['spec', 'parameters'], text }];
}

function valueProblem(value: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels: make it flatter, or pass it as text`;
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
    return 'is an integer beyond 2^53, whose digits would not arrive unchanged: write it in quotes';
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const part of Object.values(value)) {
    const problem = valueProblem(part, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Porter's order: the first one that is set counts. */
const EXACT_FIRST = ['digest', 'version', 'tag'] as const;

function bundleWarnings(bundle: DeepReadonly<BundleReference>): Finding[] {
  const [used, ...ignored] = EXACT_FIRST.filter((field) => (bundle[field] ?? '') !== '');
  if (used === undefined || ignored.length === 0) return [];
  return [{ path: ['spec', 'bundle'], text: `has a ${used}, which decides: ${ignored.join(' and ')} will be ignored` }];
}
