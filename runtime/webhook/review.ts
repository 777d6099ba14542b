import type { AdmissionRules, Finding } from '../schema/index.js';
import { fieldName, problemText, sentenceOf } from '../schema/index.js';
import type { AdmissionRequest, AdmissionResponse, ReviewedObject } from './admission-review.js';
import { newFindings } from './changes.js';

const ALLOWED: AdmissionResponse = { allowed: true };

/** Longer ones may be cut off by the API server, which passes on some 4 KiB in all. */
const LONGEST_WARNING = 256;
const MOST_WARNINGS = 10;

/** Is told of a rule that failed: it then has no say, and the reconciler judges. */
export type OnFailure = (error: unknown) => void;

/**
 * Whether a write is allowed, and what is to be said about it. What is being deleted, a subresource, and everything in
 * which only metadata changes are always allowed, so that nothing gets stuck.
 */
export function validated(request: AdmissionRequest, rules: AdmissionRules, onFailure: OnFailure): AdmissionResponse {
  const { object, oldObject } = request;
  if (!isWrite(request) || object === undefined || object.metadata.deletionTimestamp !== undefined) return ALLOWED;
  const findings = (check: Check): Finding[] => {
    const found = attempt(check, object, onFailure);
    if (oldObject === undefined) return found;
    const foundBefore = attempt(check, oldObject, () => undefined);
    return newFindings(found, { object, before: oldObject, foundBefore });
  };
  const warnings = findings((one) => rules.warnings?.(one) ?? []);
  const problems = findings(({ spec = {} }) => rules.problems?.(spec) ?? []);
  const message = problemText(problems);
  return {
    allowed: message === undefined,
    ...(warnings.length > 0 && { warnings: warnings.slice(0, MOST_WARNINGS).map(warningText) }),
    ...(message !== undefined && { status: refusal(request, message, problems) }),
  };
}

/** The fields that are taken from metadata, as far as they are absent; a field that was there before keeps its value. */
export function defaulted(request: AdmissionRequest, { fromMetadata = {} }: AdmissionRules): AdmissionResponse {
  const { object, oldObject } = request;
  if (!isWrite(request) || object === undefined || object.metadata.deletionTimestamp !== undefined) return ALLOWED;
  const { spec, metadata } = object;
  if (!isFields(spec)) return ALLOWED;
  const patch = Object.entries(fromMetadata).flatMap(([field, source]) => {
    if (spec[field] !== undefined && spec[field] !== null) return [];
    const kept = isFields(oldObject?.spec) ? oldObject.spec[field] : undefined;
    const value = kept ?? metadata[source] ?? (source === 'namespace' ? request.namespace : '');
    return value === '' && kept === undefined ? [] : [{ op: 'add', path: `/spec/${field}`, value }];
  });
  if (patch.length === 0) return ALLOWED;
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}

type Check = (object: ReviewedObject) => readonly Finding[];

/** What is stored may be of any shape that some definition allowed once. */
function attempt(check: Check, object: ReviewedObject, onFailure: OnFailure): Finding[] {
  try {
    return [...check(object)];
  } catch (error) {
    onFailure(error);
    return [];
  }
}

function isWrite({ operation, subResource }: AdmissionRequest): boolean {
  return subResource === '' && (operation === 'CREATE' || operation === 'UPDATE');
}

function refusal({ kind, name }: AdmissionRequest, message: string, problems: readonly Finding[]): object {
  const causes = problems.map(({ path, text }) => ({
    reason: 'FieldValueInvalid',
    field: fieldName(path),
    message: text,
  }));
  return {
    status: 'Failure',
    code: 422,
    reason: 'Invalid',
    message,
    details: { group: kind.group, kind: kind.kind, name, causes },
  };
}

function warningText(finding: Finding): string {
  const text = sentenceOf(finding);
  return text.length <= LONGEST_WARNING ? text : `${text.slice(0, LONGEST_WARNING - 3)}...`;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
