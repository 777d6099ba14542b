import type { InstallationOutputStatus, Output } from '../../../api/porter/v1/installation-output.js';
import { CONDITIONS, UPSTREAM_REASONS } from '../../../api/porter/v1/conditions.js';
import type { Bundle } from '../../../integrations/porter/index.js';
import {
  entryOf,
  isFile,
  isInternalOutput,
  isSensitiveOutput,
  secretSourceOf,
  valueKeyOf,
} from '../../../integrations/porter/index.js';
import type { OutputRecord } from '../../../integrations/porter/state/index.js';
import { LOGS_OUTPUT } from '../../../integrations/porter/state/index.js';
import type { DeepReadonly, Secret } from '../../../runtime/client/index.js';
import type { Condition } from '../../../runtime/status/index.js';
import { done, stalled } from '../../../runtime/reconciler/index.js';
import { kstatusConditions, mergeConditions, timestamp } from '../../../runtime/status/index.js';

/** Bytes of one value that are shown. */
const MAX_VALUE_BYTES = 64 * 1024;
/** Bytes of all values as JSON; an object may have 1.5 MB in all. */
const MAX_SHOWN_BYTES = 512 * 1024;
const MAX_OUTPUTS = 500;
/** Lost values that a message names. */
const MAX_TOLD = 5;

/** What the outputs of an installation are made of. */
export interface OutputSource {
  /** The latest of each name, over all runs. */
  readonly outputs: readonly OutputRecord[];
  /** The definition of the bundle that ran last; without it types and sensitivity are taken from the records. */
  readonly bundle?: Bundle;
  /** The Secret that keeps sensitive values; absent where a plugin of Porter makes one Secret for each. */
  readonly valuesSecret?: string;
}

/** Pure: what is shown of the outputs; the bundle's log and what Porter adds for itself are none. */
export function outputsOf(source: OutputSource): Output[] {
  let left = MAX_SHOWN_BYTES;
  return source.outputs
    .filter(({ name }) => isShown(name, source.bundle))
    .slice(0, MAX_OUTPUTS)
    .map((record) => {
      const output = outputOf(record, source);
      const size = output.sensitive ? 0 : Buffer.byteLength(JSON.stringify(output.value));
      if (size > left) return { ...output, value: tooLong(record.value) };
      left -= size;
      return output;
    });
}

/** Pure: those of the outputs whose value is not where they say, by the Secrets that there are. */
export function lostOutputs(outputs: readonly Output[], secrets: ReadonlyMap<string, DeepReadonly<Secret>>): Output[] {
  return outputs.filter(({ valueFrom }) => {
    if (valueFrom === undefined) return false;
    const { name, key } = valueFrom.secretKeyRef;
    return !Object.hasOwn(secrets.get(name)?.data ?? {}, key);
  });
}

/** Pure: the status of an InstallationOutput that holds these, some of which may be lost. */
export function outputStatus(
  outputs: readonly Output[],
  lost: readonly Output[],
  at: { now: number; generation: number | undefined; previous: DeepReadonly<Condition[]> | undefined },
): InstallationOutputStatus {
  const { now, generation, previous } = at;
  const outcome = lost.length === 0 ? done() : stalled('SecretNotFound', lostMessage(lost));
  const ready = { reason: 'OutputsCurrent', message: 'These are the outputs of the last run.' };
  const type = CONDITIONS.installationOutputSucceeded;
  const upstream: Condition = {
    ...{ type, status: 'True', reason: UPSTREAM_REASONS[type], message: '' },
    ...{ lastTransitionTime: timestamp(now), observedGeneration: generation },
  };
  return {
    observedGeneration: generation,
    phase: 'Succeeded',
    outputNames: outputs.map(({ name }) => name).join(','),
    outputs: [...outputs],
    conditions: [
      ...kstatusConditions({ outcome, generation, now, previous, ready: lost.length === 0 ? ready : undefined }),
      ...mergeConditions(
        previous?.filter((condition) => condition.type === type),
        [upstream],
      ),
    ],
  };
}

function lostMessage(lost: readonly Output[]): string {
  const values = lost.slice(0, MAX_TOLD).map(({ name, valueFrom }) => {
    const { name: secret, key } = valueFrom?.secretKeyRef ?? {};
    return `${name} (key ${key ?? ''} of Secret ${secret ?? ''})`;
  });
  const more = lost.length > MAX_TOLD ? ` and ${lost.length - MAX_TOLD} more` : '';
  return `There is no value of output ${values.join(', ')}${more}: somebody removed it, or the Secret had no room for it. The next run of the bundle gives it anew, for instance after a change of the Installation's parameters.`;
}

/** An output that the bundle does not define any more is gone, though an older run of it is on record. */
function isShown(name: string, bundle: Bundle | undefined): boolean {
  if (name === LOGS_OUTPUT) return false;
  return bundle === undefined || (entryOf(bundle.outputs, name) !== undefined && !isInternalOutput(bundle, name));
}

function outputOf(record: OutputRecord, source: OutputSource): Output {
  const { name, key } = record;
  const { bundle } = source;
  const sensitive = key !== '' || (bundle !== undefined && isSensitiveOutput(bundle, name));
  const about = { name, type: typeOf(name, bundle), sensitive };
  if (!sensitive) return { ...about, value: shown(record.value) };
  return key === '' ? { ...about, value: '' } : { ...about, value: '', ...valueFrom(key, source) };
}

function valueFrom(hint: string, { valuesSecret }: OutputSource): Pick<Output, 'valueFrom'> {
  if (valuesSecret !== undefined) {
    return { valueFrom: { secretKeyRef: { name: valuesSecret, key: valueKeyOf(hint) } } };
  }
  const { secret, key } = secretSourceOf(hint);
  return { valueFrom: { secretKeyRef: { name: secret, key } } };
}

function typeOf(name: string, bundle: Bundle | undefined): string {
  const output = entryOf(bundle?.outputs, name);
  const definition = output && entryOf(bundle?.definitions, output.definition);
  if (bundle === undefined || definition === undefined) return 'string';
  if (isFile(bundle, definition)) return 'file';
  const { type = 'string' } = definition;
  return typeof type === 'string' ? type : type.join(',');
}

function tooLong(base64: string | null): string {
  const bytes = Buffer.byteLength(base64 ?? '', 'base64');
  return `(${bytes} bytes, too long to be shown: use porter installation output show)`;
}

/** Text as it is; what is no text stays base64; what is too long for an object is told. */
function shown(base64: string | null): string {
  const bytes = Buffer.from(base64 ?? '', 'base64');
  if (bytes.length > MAX_VALUE_BYTES) return tooLong(base64);
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : (base64 ?? '');
}
