import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { SERVICE_ACCOUNTS } from '../../runtime/client/index.js';
import type { ObjectKey } from '../../runtime/client/index.js';
import { objectPath, type KubeApi } from './kube-api.js';

interface KubeconfigFile {
  users: { name: string; user: object }[];
}

/**
 * Writes a kubeconfig with which a program is the given ServiceAccount, as it would be in a Pod: what its roles do not
 * allow fails. `from` is a kubeconfig with all rights.
 */
export async function writeKubeconfigOf(account: ObjectKey, api: KubeApi, from: string, to: string): Promise<void> {
  const token = await tokenOf(account, api);
  const config = parse(readFileSync(from, 'utf8')) as KubeconfigFile;
  for (const user of config.users) user.user = { token };
  writeFileSync(to, stringify(config), { mode: 0o600 });
}

/** A token of the given ServiceAccount, good for two hours. */
export async function tokenOf(account: ObjectKey, api: KubeApi): Promise<string> {
  const path = `${objectPath(SERVICE_ACCOUNTS, account)}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } };
  const request = (await api.call('POST', path, { body })) as { status: { token: string } };
  return request.status.token;
}
