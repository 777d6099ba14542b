import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import type { Installation } from '../../api/porter/v1/installation.js';
import { NAMESPACES, PODS } from '../../runtime/client/index.js';
import type { KubernetesJson, ObjectKey, Stored } from '../../runtime/client/index.js';
import {
  aCredentialSet,
  anAgentConfig,
  anInstallation,
  aSecret,
  PORTER_NAMESPACE,
  type Builder,
} from '../support/builders.js';
import { eventually } from '../support/eventually.js';
import { KubeApi } from '../support/kube-api.js';
import { Records } from '../support/records.js';
import { SERVICES } from '../support/services.js';

const OPERATOR_NAMESPACE = 'porterops-system';
/** Every Pod with a token finds the cluster's authority here, which is also that of the local registry. */
const AUTHORITY = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';
const RUN_PATIENCE_MS = 180_000;

/** What an Installation says of itself once it has settled. */
export interface Settled {
  ready: string;
  reason: string;
  message: string;
  object: Stored<Installation>;
}

/** A real node with the operator in a Pod, as `hack/e2e` has prepared it; tests run inside its network. */
export class RealNode {
  private static namespaces = 0;

  private constructor(
    readonly api: KubeApi,
    /** Porter's records, read with the stock driver. */
    readonly records: Records,
    private readonly counter: string,
    private readonly repository: string,
  ) {}

  static async open(): Promise<RealNode> {
    const api = await KubeApi.fromKubeconfig(variable('KUBECONFIG'));
    const store = await api.get(SERVICES, { namespace: OPERATOR_NAMESPACE, name: 'porterops-state-store' });
    process.env['SERVICE_ADDRESS'] = store.spec?.clusterIP ?? '';
    const registry = variable('PORTEROPS_REGISTRY');
    return new RealNode(api, await Records.open(api), variable('PORTEROPS_COUNTER'), `${registry}/porterops/hello`);
  }

  /** A namespace as an administrator prepares it: agents have their rights there and trust the local registry. */
  async newNamespace(): Promise<string> {
    const namespace = `team-${process.pid}-${++RealNode.namespaces}`;
    await this.api.create(NAMESPACES, { metadata: { name: namespace } });
    await this.kubectl('apply', '-n', namespace, '-k', 'config/namespace');
    const environment = aSecret('porter-env').withValue(AUTHORITY, 'SSL_CERT_FILE');
    await this.create(environment.withValue(AUTHORITY, 'NODE_EXTRA_CA_CERTS'), namespace);
    const agent = agentConfig();
    if (agent !== undefined) await this.create(agent, namespace);
    return namespace;
  }

  /** The same, with the credential that the sample bundle asks for. */
  async newTeam(): Promise<string> {
    const namespace = await this.newNamespace();
    await this.create(aSecret('token').withValue('s3cr3t'), namespace);
    await this.create(aCredentialSet('hello').withCredential('token', 'token'), namespace);
    return namespace;
  }

  /** Creates what the builder describes. */
  async create<T extends KubernetesJson>(builder: Builder<T>, namespace: string): Promise<Stored<T>> {
    return this.api.create(builder.resource, builder.inNamespace(namespace).build());
  }

  /** An Installation of the sample bundle that tells the counter of every run. */
  sample(namespace: string, name: string, parameters: Record<string, unknown> = {}) {
    return anInstallation(name)
      .inNamespace(namespace)
      .withBundle(this.repository, '0.1.0')
      .withCredentialSets('hello')
      .withParameters({ counter: this.counter, ...parameters });
  }

  async install(installation: Installation): Promise<ObjectKey> {
    const { namespace, name } = (await this.api.create(INSTALLATIONS, installation)).metadata;
    return { namespace, name };
  }

  change(key: ObjectKey, patch: object): Promise<Stored<Installation>> {
    return this.api.patch(INSTALLATIONS, key, patch);
  }

  /** Waits until the status speaks of the present spec and of the present retry, and nothing is under way. */
  async settled(key: ObjectKey): Promise<Settled> {
    return eventually(
      `${key.name} settled`,
      async () => {
        const object = await this.api.get(INSTALLATIONS, key);
        const { status, metadata } = object;
        const ready = status?.conditions?.find(({ type }) => type === 'Ready');
        const isUnderWay = status?.conditions?.some(({ type, status: s }) => type === 'Reconciling' && s === 'True');
        const retry = metadata.annotations?.['getporter.org/retry'] ?? '';
        const isCurrent = status?.completed?.generation === metadata.generation && (status?.retry ?? '') === retry;
        if (ready === undefined || isUnderWay !== false || !isCurrent) return undefined;
        return { ready: ready.status, reason: ready.reason, message: ready.message, object };
      },
      RUN_PATIENCE_MS,
    );
  }

  /** Waits until the object is gone. */
  async gone(key: ObjectKey): Promise<void> {
    await eventually(
      `${key.name} gone`,
      async () => (await this.api.find(INSTALLATIONS, key)) === undefined,
      RUN_PATIENCE_MS,
    );
  }

  /** How often the bundle really ran, by action, as the counter outside the Pods saw it. */
  async runsCounted(name: string): Promise<Record<string, number>> {
    const counts = (await (await fetch(`${this.counter}/counts`)).json()) as Record<string, number>;
    const runs: Record<string, number> = {};
    for (const [path, count] of Object.entries(counts)) {
      const [, namespace, installation, action = ''] = path.split('/');
      if (namespace !== PORTER_NAMESPACE || installation !== name) continue;
      runs[action] = (runs[action] ?? 0) + count;
    }
    return runs;
  }

  /** Actions of the recorded runs, oldest first, as the stock driver reads them. */
  async runsRecorded({ namespace = '', name }: ObjectKey): Promise<string[]> {
    return (await this.records.runs(namespace, name)).map(({ action }) => action);
  }

  /** Waits until a bundle is at work in the namespace. */
  async bundleRunning(namespace: string): Promise<void> {
    const labelSelector = 'getporter.org/jobType=bundle-installer';
    await eventually(
      'a bundle is running',
      async () => {
        const pods = await this.api.list(PODS, { namespace, labelSelector });
        const statuses = pods.flatMap(({ status }) => status?.containerStatuses ?? []);
        return statuses.some(({ name, state }) => name === 'invocation' && state?.running !== undefined);
      },
      RUN_PATIENCE_MS,
    );
  }

  /**
   * SIGKILL for a program of the operator: it has no chance to finish anything. Waits until the kubelet has started its
   * container again and it is ready; returns when the killed one ended, in epoch milliseconds.
   */
  async kill(component: 'manager' | 'state-store'): Promise<number> {
    const before = await this.containerOf(component);
    const pids = processesOf(before.containerID ?? '');
    if (pids.length === 0) throw new Error(`no process of container ${before.containerID} of the ${component}`);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    const after = await eventually(
      `the ${component} is restarted`,
      async () => {
        const now = await this.containerOf(component);
        return now.restartCount > before.restartCount && now.ready ? now : undefined;
      },
      RUN_PATIENCE_MS,
    );
    const { exitCode, finishedAt = '' } = after.lastState?.terminated ?? {};
    if (exitCode !== 137) throw new Error(`the ${component} ended with exit code ${exitCode}, not by SIGKILL`);
    return Date.parse(finishedAt);
  }

  /** Sets the replicas of a Deployment of the operator; returns when they are ready. */
  async scale(deployment: string, replicas: number): Promise<void> {
    await this.changeDeployment(deployment, 'scale', `--replicas=${replicas}`);
  }

  /** Replaces the Pods of a Deployment of the operator, as an upgrade does; returns when that is done. */
  async rollOut(deployment: string): Promise<void> {
    await this.changeDeployment(deployment, 'rollout', 'restart');
  }

  async kubectl(...args: string[]): Promise<string> {
    return (await promisify(execFile)('kubectl', args, { timeout: RUN_PATIENCE_MS })).stdout;
  }

  async close(): Promise<void> {
    await this.records.close();
    await this.api.close();
  }

  private async changeDeployment(deployment: string, ...change: string[]): Promise<void> {
    const of = ['--namespace', OPERATOR_NAMESPACE, `deployment/${deployment}`];
    await this.kubectl(...change, ...of);
    await this.kubectl('rollout', 'status', `--timeout=${RUN_PATIENCE_MS / 1000}s`, ...of);
  }

  private async containerOf(component: string) {
    const labelSelector = `app.kubernetes.io/component=${component}`;
    const pods = await this.api.list(PODS, { namespace: OPERATOR_NAMESPACE, labelSelector });
    const pod = pods.find(({ metadata }) => metadata.deletionTimestamp === undefined);
    const [status] = pod?.status?.containerStatuses ?? [];
    if (status === undefined) throw new Error(`the ${component} has no container`);
    return status;
  }
}

/** Process ids of a container (`containerd://ID`), whose control group bears its name. */
function processesOf(containerId: string): number[] {
  const name = containerId.replace(/^.*:\/\//, '');
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && name !== '' && controlGroupsOf(entry).includes(name))
    .map(Number);
}

/** Empty for a process that has ended meanwhile. */
function controlGroupsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return '';
  }
}

/** Porter's own agent where its image is given; otherwise the operator's default, which is the built-in one here. */
function agentConfig() {
  const image = process.env['PORTER_AGENT_IMAGE'] ?? '';
  if (image === '') return undefined;
  const [, porterRepository = image, porterVersion = 'latest'] = /^(.+?)(?:@|:(?=[^/]+$))([^/]+)$/.exec(image) ?? [];
  return anAgentConfig('default').with({ agent: 'Porter', porterRepository, porterVersion });
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: run these tests by hack/e2e`);
  return value;
}
