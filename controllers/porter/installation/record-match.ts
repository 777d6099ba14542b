import { isDeepStrictEqual } from 'node:util';
import type { InstallationSpec } from '../../../api/porter/v1/installation.js';
import { parameterText } from '../../../integrations/porter/index.js';
import type { InstallationRecord, ParameterSetRecord } from '../../../integrations/porter/state/index.js';
import { isInstalled } from '../../../integrations/porter/state/index.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';

type Spec = DeepReadonly<InstallationSpec>;

/**
 * Whether the record is that of a finished, successful run of this very spec. A sensitive inline parameter is kept as a
 * secret and cannot be compared: then the answer is no, and Porter itself compares.
 */
export function isRecordOf(record: InstallationRecord, spec: Spec): boolean {
  return (
    record.status.resultStatus === 'succeeded' &&
    isInstalled(record.status) &&
    record.uninstalled !== true &&
    isSameBundle(record, spec) &&
    isDeepStrictEqual(record.credentialSets ?? [], spec.credentialSets ?? []) &&
    isDeepStrictEqual(record.parameterSets ?? [], spec.parameterSets ?? []) &&
    isDeepStrictEqual({ ...record.labels }, { ...spec.labels }) &&
    hasSameParameters(record, spec)
  );
}

function isSameBundle({ bundle, status }: InstallationRecord, spec: Spec): boolean {
  const wanted = spec.bundle;
  if (bundle.repository !== wanted.repository) return false;
  if (text(wanted.digest) !== '') return status.bundleDigest === wanted.digest;
  return text(bundle.version) === text(wanted.version) && text(bundle.tag) === text(wanted.tag);
}

/** Porter leaves the whole member out where nothing was given inline. */
function hasSameParameters(record: InstallationRecord, spec: Spec): boolean {
  const inline = record.parameters as Partial<ParameterSetRecord> | undefined;
  const kept = new Map((inline?.parameters ?? []).map(({ name, source }) => [name, source['value']]));
  const wanted = Object.entries(spec.parameters ?? {});
  return kept.size === wanted.length && wanted.every(([name, value]) => isSameValue(kept.get(name), value));
}

/** Porter keeps text, and writes the members of an object in its own order. */
function isSameValue(kept: string | undefined, value: unknown): boolean {
  if (kept === undefined) return false;
  if (typeof value !== 'object' || value === null) return kept === parameterText(value);
  try {
    return isDeepStrictEqual(JSON.parse(kept), JSON.parse(JSON.stringify(value)));
  } catch {
    return false;
  }
}

function text(value: string | undefined): string {
  return value ?? '';
}
