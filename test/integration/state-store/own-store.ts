import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedUrl, tenantPassword } from '../../../integrations/porter/state/index.js';
import { SECRETS } from '../../../runtime/client/index.js';
import { Program, freePort } from '../../support/program.js';
import { world } from '../world.js';

/** A state store of the test's own, in the test's namespace. */
export class OwnStore extends Program {
  private constructor(
    readonly port: number,
    extraArgs: readonly string[],
  ) {
    const { namespace, cluster } = world();
    const args = [`--kubeconfig=${cluster.kubeconfig}`, `--namespace=${namespace}`, `--listen=127.0.0.1:${port}`];
    super('dist/state-store.js', { args: [...args, ...extraArgs] });
  }

  static async prepare(extraArgs: readonly string[] = []): Promise<OwnStore> {
    return new OwnStore(await freePort(), extraArgs);
  }
}

/** What a Secret of the test's namespace says. */
export async function secretText(name: string): Promise<Record<string, string>> {
  const { data = {} } = await world().api.get(SECRETS, { namespace: world().namespace, name });
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/** The URL by which a tenant reaches the stores of the test's namespace at a port; the authority's file is put into the folder. */
export async function urlFor(tenant: string, port: number, folder: string): Promise<string> {
  const access = await secretText('porterops-state-store-access');
  const caFile = join(folder, 'ca.crt');
  // Drivers of other clients may be reading it.
  writeFileSync(`${caFile}.new`, access['ca.crt'] ?? '');
  renameSync(`${caFile}.new`, caFile);
  const password = tenantPassword(access['access.key'] ?? '', tenant);
  return embeddedUrl({ host: '127.0.0.1', port, user: tenant, password, caFile });
}
