import type { Client, KubernetesJson, Resource } from '../client/index.js';
import { isConflict } from '../client/index.js';
import { Rbac } from '../schema/index.js';
import { WEBHOOK_NAMES } from './names.js';

/** The part of a webhook configuration that is read or changed here; the rest is kept as it is. */
type Configuration = KubernetesJson & {
  webhooks?: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
};

const API = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false } as const;
const CONFIGURATIONS: readonly Resource<Configuration>[] = [
  { ...API, kind: 'ValidatingWebhookConfiguration', plural: 'validatingwebhookconfigurations' },
  { ...API, kind: 'MutatingWebhookConfiguration', plural: 'mutatingwebhookconfigurations' },
];

/** Which authorities the API server trusts when it calls the webhooks. */
@Rbac({
  groups: [API.group],
  resources: CONFIGURATIONS.map(({ plural }) => plural),
  verbs: ['get', 'patch'],
  names: [WEBHOOK_NAMES.configuration],
  clusterScope: true,
})
export class Trust {
  constructor(private readonly client: Client) {}

  /**
   * Sees to it that the configurations that are there name these authorities (PEM). Resolves with true when all of them
   * did so already, so that servers of the cluster have had the time to hear of it.
   */
  async establish(trusted: string): Promise<boolean> {
    const caBundle = Buffer.from(trusted).toString('base64');
    const had = await Promise.all(CONFIGURATIONS.map((resource) => this.establishIn(resource, caBundle)));
    return had.every(Boolean);
  }

  private async establishIn(resource: Resource<Configuration>, caBundle: string): Promise<boolean> {
    const name = WEBHOOK_NAMES.configuration;
    const found = await this.client.find(resource, { name });
    const { webhooks = [] } = found ?? {};
    if (found === undefined || webhooks.every(({ clientConfig }) => clientConfig.caBundle === caBundle)) return true;
    const { resourceVersion } = found.metadata;
    const changed = webhooks.map((one) => ({ ...one, clientConfig: { ...one.clientConfig, caBundle } }));
    try {
      await this.client.patch(resource, { name }, { metadata: { resourceVersion }, webhooks: changed });
    } catch (error) {
      // Somebody else was faster; the next look tells whether it was another replica with the same.
      if (!isConflict(error)) throw error;
    }
    return false;
  }
}
