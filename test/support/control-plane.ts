import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../../runtime/client/index.js';
import type { KubernetesJson, Resource } from '../../runtime/client/index.js';
import { Cluster } from './cluster.js';
import { eventually } from './eventually.js';
import { KINDS } from './kinds.js';
import type { KubeApi } from './kube-api.js';
import { NODES, PLAYED_NODE } from './nodes.js';
import { OPERATOR_NAMESPACE } from './operator.js';
import { writeKubeconfigOf } from './service-account.js';

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: true };
/** The kinds of config/namespace. */
const AGENT_RIGHTS: readonly Resource[] = [
  SERVICE_ACCOUNTS,
  { ...RBAC, kind: 'Role', plural: 'roles' },
  { ...RBAC, kind: 'RoleBinding', plural: 'rolebindings' },
];

/** A control plane without nodes on which our kinds and roles are installed. */
export class ControlPlane {
  private readonly folder = mkdtempSync(join(tmpdir(), 'porterops-control-plane-'));
  private agentRights: KubernetesJson[] = [];

  private constructor(readonly cluster: Cluster) {
    // Tokens are in there, and a signal ends the process without `stop`.
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }));
  }

  static async start(name: string): Promise<ControlPlane> {
    const plane = new ControlPlane(await Cluster.start(name));
    try {
      await plane.prepare();
      return plane;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  get api(): KubeApi {
    return this.cluster.api;
  }

  /** A kubeconfig of a ServiceAccount of the operator's namespace: our programs have no other rights than in a cluster. */
  async kubeconfigOf(account: string): Promise<string> {
    const file = join(this.folder, account);
    const key = { namespace: OPERATOR_NAMESPACE, name: account };
    await writeKubeconfigOf(key, this.api, this.cluster.kubeconfig, file);
    return file;
  }

  /** A ServiceAccount of the operator's namespace that may do everything. */
  async createAdministrator(name: string): Promise<void> {
    const key = { namespace: OPERATOR_NAMESPACE, name };
    await this.api.create(SERVICE_ACCOUNTS, { metadata: key });
    await this.cluster.kubectl([
      ...['create', 'clusterrolebinding', name, '--clusterrole=cluster-admin'],
      `--serviceaccount=${key.namespace}:${key.name}`,
    ]);
  }

  /** A ServiceAccount of the operator's namespace with ClusterRoles that hold in some namespaces only. */
  async createAccount(name: string, namespaces: readonly string[], roles: readonly string[]): Promise<void> {
    await this.api.create(SERVICE_ACCOUNTS, { metadata: { namespace: OPERATOR_NAMESPACE, name } });
    const subject = `--serviceaccount=${OPERATOR_NAMESPACE}:${name}`;
    for (const namespace of namespaces) {
      for (const role of roles) {
        const binding = ['create', 'rolebinding', `${name}-${role}`, `--clusterrole=${role}`, subject];
        await this.cluster.kubectl([...binding, '-n', namespace]);
      }
    }
  }

  /** A namespace in which agents may work, as its administrator would prepare it. */
  async createNamespace(name: string): Promise<void> {
    await this.api.create(NAMESPACES, { metadata: { name } });
    await eventually('the namespace has its ServiceAccount', () =>
      this.api.find(SERVICE_ACCOUNTS, { namespace: name, name: 'default' }),
    );
    await this.letAgentsIn(name);
  }

  /** Applies config/namespace to a namespace. */
  async letAgentsIn(namespace: string): Promise<void> {
    await Promise.all(this.agentRights.map((object) => this.applyInto(namespace, object)));
  }

  async stop(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.cluster.stop();
  }

  private async prepare(): Promise<void> {
    const nodes = await this.api.list(NODES);
    if (nodes.some(({ metadata }) => metadata.name !== PLAYED_NODE))
      throw new Error('Pods are played: KUBECONFIG must name a control plane without nodes');
    await this.applyManifests();
  }

  private async applyManifests(): Promise<void> {
    await this.api.apply(NAMESPACES, { metadata: { name: OPERATOR_NAMESPACE } });
    for (const folder of ['config/crd', 'config/rbac']) {
      await this.cluster.kubectl([
        'apply',
        '--server-side',
        '--force-conflicts',
        '-n',
        OPERATOR_NAMESPACE,
        '-k',
        folder,
      ]);
    }
    for (const resource of KINDS) await eventually(`${resource.plural} are served`, () => this.api.list(resource));
    this.agentRights = parseAllDocuments(await this.cluster.kubectl(['kustomize', 'config/namespace'])).map(
      (document) => document.toJS() as KubernetesJson,
    );
  }

  private async applyInto(namespace: string, object: KubernetesJson): Promise<void> {
    const resource = AGENT_RIGHTS.find(({ kind }) => kind === object.kind);
    if (resource === undefined) throw new Error(`config/namespace has a ${object.kind}, which the tests do not know`);
    await this.api.apply(resource, { ...object, metadata: { ...object.metadata, namespace } });
  }
}
