import { valueKeyOf } from '../../../integrations/porter/index.js';
import { SECRETS, isAlreadyExists, isNotFound, type Client, type Secret } from '../../../runtime/client/index.js';
import type { SecretsOptions } from '../options.js';
import { droppedKeys } from './value-limits.js';

/** The Secret in which the values that agents make for one installation outlive them. */
export class KeptValues {
  constructor(
    private readonly client: Client,
    private readonly options: SecretsOptions & { readonly valuesSecret: string },
  ) {}

  /**
   * Merges values into the Secret, and lets the oldest of each name go, and what does not fit. Doing it again changes
   * nothing. Resolves to the keys for which there was no room, old and new ones.
   */
  async add(values: ReadonlyMap<string, Buffer>): Promise<readonly string[]> {
    const key = { namespace: this.options.namespace, name: this.options.valuesSecret };
    const current = await this.client.find(SECRETS, key);
    const added = new Map([...values].map(([hint, value]) => [valueKeyOf(hint), value.toString('base64')]));
    const all = new Map([...Object.entries(current?.data ?? {}), ...added]);
    const { outdated, tooMuch } = droppedKeys(new Map([...all].map(([name, text]) => [name, sizeOf(text)])));
    const gone = new Set([...outdated, ...tooMuch]);
    try {
      if (current === undefined) await this.create(Object.fromEntries([...all].filter(([name]) => !gone.has(name))));
      else await this.client.patch(SECRETS, key, { data: patchOf(added, gone) });
    } catch (error) {
      // Somebody made or removed the Secret meanwhile.
      if (isAlreadyExists(error) || isNotFound(error)) return this.add(values);
      throw error;
    }
    return tooMuch;
  }

  private async create(data: Record<string, string>): Promise<void> {
    const { namespace, valuesSecret, labels } = this.options;
    const secret: Secret = { metadata: { namespace, name: valuesSecret, labels: { ...labels } }, type: 'Opaque', data };
    await this.client.create(SECRETS, secret);
  }
}

function patchOf(added: ReadonlyMap<string, string>, gone: ReadonlySet<string>): Record<string, string | null> {
  return { ...Object.fromEntries(added), ...Object.fromEntries([...gone].map((name) => [name, null])) };
}

/** Bytes of a value in base64. */
function sizeOf(text: string): number {
  return Buffer.byteLength(text, 'base64');
}
