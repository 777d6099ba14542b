import { valueKeyOf } from '../../../integrations/porter/index.js';
import { SECRETS, isAlreadyExists, isNotFound, type Client, type Secret } from '../../../runtime/client/index.js';
import type { SecretsOptions } from '../options.js';

/** Values of one name beyond which older ones go: the first is the installation's own, the rest those of runs. */
const KEPT_PER_NAME = 6;
/** Values that agents make begin with the id of an installation or run. */
const MADE_BY_AGENT = /^[0-9A-HJKMNP-TV-Z]{26}-/;

/** The Secret in which the values that agents make for one installation outlive them. */
export class KeptValues {
  constructor(
    private readonly client: Client,
    private readonly options: SecretsOptions & { readonly valuesSecret: string },
  ) {}

  /** Merges values into the Secret, and lets the oldest of each name go. Doing it again changes nothing. */
  async add(values: ReadonlyMap<string, Buffer>): Promise<void> {
    const data = Object.fromEntries([...values].map(([hint, value]) => [valueKeyOf(hint), value.toString('base64')]));
    const key = { namespace: this.options.namespace, name: this.options.valuesSecret };
    const current = await this.client.find(SECRETS, key);
    if (current === undefined) return this.create(data);
    const outdated = outdatedKeys([...Object.keys(current.data ?? {}), ...Object.keys(data)]);
    const removed = Object.fromEntries(outdated.map((name) => [name, null]));
    try {
      await this.client.patch(SECRETS, key, { data: { ...data, ...removed } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.create(data);
    }
  }

  private async create(data: Record<string, string>): Promise<void> {
    const { namespace, valuesSecret, labels } = this.options;
    const secret: Secret = { metadata: { namespace, name: valuesSecret, labels: { ...labels } }, type: 'Opaque', data };
    try {
      await this.client.create(SECRETS, secret);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await this.client.patch(SECRETS, { namespace, name: valuesSecret }, { data });
    }
  }
}

/** Ids are in the order of time, so of each name the first and the last few stay. */
function outdatedKeys(keys: readonly string[]): string[] {
  const byName = new Map<string, string[]>();
  for (const key of new Set(keys)) {
    if (!MADE_BY_AGENT.test(key)) continue;
    const name = key.slice(27);
    byName.set(name, [...(byName.get(name) ?? []), key]);
  }
  return [...byName.values()].flatMap((same) => same.sort().slice(1, Math.max(1, same.length - KEPT_PER_NAME + 1)));
}
