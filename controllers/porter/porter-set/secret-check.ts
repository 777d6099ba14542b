import { inject, injectable } from 'inversify';
import { InvalidHintError, secretSourceOf } from '../../../integrations/porter/index.js';
import { Client, SECRETS } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';

/** More Secrets than this are not looked at: the check is a kindness, the one before a run is complete. */
const MAX_CHECKED = 50;

/** Looks whether the Secrets that a set refers to are there. Values are never kept. */
@injectable()
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get'] })
export class SecretCheck {
  constructor(@inject(Client) private readonly client: Client) {}

  /** Says of each hint that leads nowhere what is missing: `Secret x`, or `key y of Secret x`. */
  async missing(namespace: string, hints: readonly string[]): Promise<string[]> {
    const keys = new Map<string, Set<string>>();
    const problems: string[] = [];
    for (const hint of [...new Set(hints)].slice(0, MAX_CHECKED)) {
      try {
        const { secret, key } = secretSourceOf(hint);
        keys.set(secret, (keys.get(secret) ?? new Set()).add(key));
      } catch (error) {
        if (!(error instanceof InvalidHintError)) throw error;
        problems.push(error.message);
      }
    }
    for (const [name, wanted] of keys) problems.push(...(await this.missingOf({ namespace, name }, wanted)));
    return problems;
  }

  private async missingOf(at: { namespace: string; name: string }, keys: ReadonlySet<string>): Promise<string[]> {
    const secret = await this.client.find(SECRETS, at);
    if (secret === undefined) return [`Secret ${at.name}`];
    const present = secret.data ?? {};
    return [...keys].filter((key) => !Object.hasOwn(present, key)).map((key) => `key ${key} of Secret ${at.name}`);
  }
}
