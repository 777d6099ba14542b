import { randomBytes } from 'node:crypto';
import type { Secret } from '../../../runtime/client/index.js';
import { AgentFailure } from '../failure.js';
import { KEY_BYTES } from './sealed-outputs.js';
import type { RunInputs } from './run-inputs.js';

/** What the API server accepts as the data of one Secret, in bytes. */
const SECRET_LIMIT = 1_048_576;
export const SEAL_KEY = 'seal.key';
const HIDDEN_KEY = 'hidden.json';

/** Data of the Secret with a run's inputs, and where the bundle's container finds them. */
export interface InputsData {
  readonly data: Readonly<Record<string, string>>;
  /** Key by name of the environment variable. */
  readonly env: ReadonlyMap<string, string>;
  /** Key by path of the file; the key is also the name below the shared folder. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Packs inputs into the data of one Secret, together with the key that outputs are sealed with and the values that a log
 * must not show.
 * @throws AgentFailure when they are too large; nothing has been created then
 */
export function packInputs(inputs: RunInputs, hidden: readonly string[]): InputsData {
  const env = new Map([...inputs.env.keys()].map((name) => [name, `env.${name}`]));
  const files = new Map([...inputs.files.keys()].map((path, index) => [path, `file${index}`]));
  const values: [string, string][] = [
    ...[...inputs.env].map(([name, value]): [string, string] => [`env.${name}`, value]),
    ...[...inputs.files].map(([path, value]): [string, string] => [files.get(path) ?? '', value]),
    [HIDDEN_KEY, JSON.stringify(hidden)],
  ];
  refuseTooLarge(inputs, values);
  const data = Object.fromEntries(values.map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  return { data: { ...data, [SEAL_KEY]: randomBytes(KEY_BYTES).toString('base64') }, env, files };
}

/** The values that a log of this run must not show, also for an agent that did not start it. */
export function hiddenValues(secret: Secret | undefined): string[] {
  const text = secret?.data?.[HIDDEN_KEY];
  return text === undefined ? [] : (JSON.parse(Buffer.from(text, 'base64').toString()) as string[]);
}

/** The key that the run's outputs are sealed with. */
export function sealKey(secret: Secret | undefined): Buffer | undefined {
  const text = secret?.data?.[SEAL_KEY];
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}

function refuseTooLarge(inputs: RunInputs, values: readonly [string, string][]): void {
  const total = values.reduce((sum, [, value]) => sum + Buffer.byteLength(value), KEY_BYTES);
  if (total <= SECRET_LIMIT) return;
  const sizes = [...inputs.env, ...inputs.files].map(([where, value]) => ({ where, size: Buffer.byteLength(value) }));
  const [largest] = sizes.sort((a, b) => b.size - a.size);
  throw new AgentFailure(
    `the inputs of this run have ${total} bytes, more than the ${SECRET_LIMIT} that a Secret can hold; the largest is ${largest?.where ?? ''} with ${largest?.size ?? 0}`,
  );
}
