import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { parseAllDocuments } from 'yaml';
import type { KubernetesJson, Resource, Secret, Stored } from '../../runtime/client/index.js';
import { SECRETS } from '../../runtime/client/index.js';
import { WEBHOOK_NAMES } from '../../runtime/webhook/index.js';
import { eventually } from '../support/eventually.js';
import { OPERATOR_NAMESPACE } from '../support/operator.js';
import { freePort } from '../support/program.js';
import { world } from './world.js';

type Configuration = KubernetesJson & {
  webhooks: {
    name: string;
    failurePolicy: string;
    clientConfig: { caBundle?: string; url?: string; service?: { path: string } };
  }[];
};

const API = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false } as const;
const CONFIGURATIONS: readonly Resource<Configuration>[] = [
  { ...API, kind: 'ValidatingWebhookConfiguration', plural: 'validatingwebhookconfigurations' },
  { ...API, kind: 'MutatingWebhookConfiguration', plural: 'mutatingwebhookconfigurations' },
];

/** The product's webhook configurations on the tests' API server, which calls an operator by its address. */
export class Webhooks {
  private constructor(readonly port: number) {}

  /** Also lets the operator make a certificate of its own, as config/webhook does. */
  static async prepare(): Promise<Webhooks> {
    await world().cluster.kubectl(['apply', '--server-side', '-f', 'config/webhook/role-bindings.yaml']);
    return new Webhooks(await freePort());
  }

  /** What the operator is to be started with. */
  get args(): string[] {
    return [`--webhook-bind-address=127.0.0.1:${this.port}`];
  }

  /** From now on the API server asks the operator; `failurePolicy` is the product's if nothing is said. */
  async install({ failurePolicy }: { failurePolicy?: 'Fail' } = {}): Promise<void> {
    for (const document of parseAllDocuments(readFileSync('config/webhook/manifests.yaml', 'utf8'))) {
      const { webhooks, ...rest } = document.toJS() as Configuration;
      const called = webhooks.map((one) => {
        const url = `https://127.0.0.1:${this.port}${one.clientConfig.service?.path}`;
        return { ...one, ...(failurePolicy && { failurePolicy }), clientConfig: { url } };
      });
      await world().api.apply(resourceOf(rest), { ...rest, webhooks: called });
    }
  }

  /** Waits until the API server is told whom to trust. */
  async untilTrusted(): Promise<void> {
    await eventually('the operator has told its authority', async () => {
      const bundles = await this.bundles();
      return bundles.length === CONFIGURATIONS.length && bundles.every((bundle) => bundle !== '');
    });
  }

  /** The authorities that the API server trusts, PEM, one text for each webhook. */
  async bundles(): Promise<string[]> {
    const name = WEBHOOK_NAMES.configuration;
    const found = await Promise.all(CONFIGURATIONS.map((resource) => world().api.find(resource, { name })));
    return found.flatMap((one) =>
      (one?.webhooks ?? []).map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString()),
    );
  }

  async remove(): Promise<void> {
    for (const resource of CONFIGURATIONS) await world().api.delete(resource, { name: WEBHOOK_NAMES.configuration });
    await world().api.delete(SECRETS, { namespace: OPERATOR_NAMESPACE, name: WEBHOOK_NAMES.secret });
    await world().cluster.kubectl(['delete', '--ignore-not-found', '-f', 'config/webhook/role-bindings.yaml']);
  }

  /** The Secret of the certificate that the operator manages. */
  async secret(): Promise<Stored<Secret>> {
    return world().api.get(SECRETS, { namespace: OPERATOR_NAMESPACE, name: WEBHOOK_NAMES.secret });
  }
}

/** Serial number of the certificate that a server shows to whoever trusts these authorities; rejects when it is none of theirs. */
export async function servedSerial(port: number, ca: string): Promise<string> {
  const servername = `${WEBHOOK_NAMES.service}.${OPERATOR_NAMESPACE}.svc`;
  const socket = connect({ host: '127.0.0.1', port, ca, servername, timeout: 5_000 });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject);
      socket.once('timeout', () => reject(new Error('no answer')));
    });
    return socket.getPeerCertificate().serialNumber;
  } finally {
    socket.destroy();
  }
}

function resourceOf({ kind }: KubernetesJson): Resource<Configuration> {
  const found = CONFIGURATIONS.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`config/webhook has a ${String(kind)}, which the tests do not know`);
  return found;
}
