import { inject, injectable } from 'inversify';
import { WELL_KNOWN_NAMES } from '../../../api/porter/v1/well-known.js';
import type { SecretSource } from '../../../integrations/porter/index.js';
import { secretSourceOf } from '../../../integrations/porter/index.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import { Client, SECRETS } from '../../../runtime/client/index.js';
import { Clock, ExpiringCache } from '../../../runtime/clock/index.js';
import { Rbac } from '../../../runtime/schema/index.js';

/** Porter's placeholders in its configuration: `${secret.NAME}` and `${env.NAME}`. */
const PLACEHOLDER = /\$\{\s*(secret|env)\.([^}\s]+)\s*\}/g;
const URL_LIFETIME_MS = 60_000;

/** Whether a connection string means something else in each namespace. */
export function hasPlaceholders(template: string): boolean {
  return template.search(PLACEHOLDER) >= 0;
}

/** Names of the Secrets that a connection string takes values from. */
export function secretsOfUrl(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, source = '', name = '']) => sourceOf(source, name).secret);
}

function sourceOf(source: string, name: string): SecretSource {
  return source === 'env' ? { secret: WELL_KNOWN_NAMES.agentEnvSecret, key: name } : secretSourceOf(name);
}

/** Fills in the placeholders of an external store's connection string as an agent of the same namespace would. */
@injectable()
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get'] })
export class StoreUrls {
  private readonly values: ExpiringCache<string>;

  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Clock) clock: Clock,
  ) {
    this.values = new ExpiringCache(clock, () => URL_LIFETIME_MS);
  }

  /** @throws StateUnavailableError when a placeholder names what does not exist */
  async resolve(namespace: string, template: string): Promise<string> {
    let url = template;
    for (const [placeholder, source = '', name = ''] of template.matchAll(PLACEHOLDER)) {
      const value = await this.value(namespace, sourceOf(source, name));
      url = url.replaceAll(placeholder, () => value);
    }
    return url;
  }

  private value(namespace: string, { secret, key }: { secret: string; key: string }): Promise<string> {
    return this.values.get(`${namespace}/${secret}/${key}`, async () => {
      const found = await this.client.find(SECRETS, { namespace, name: secret });
      const value = found?.data?.[key];
      if (value !== undefined) return Buffer.from(value, 'base64').toString();
      throw new StateUnavailableError(
        `the storage URL of the PorterConfig takes a value from key ${key} of Secret ${namespace}/${secret}, which does not exist`,
      );
    });
  }
}
