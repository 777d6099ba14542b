import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { StatusCondition } from '../../runtime/schema/index.js';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../../runtime/client/index.js';
import type { CoreEvent, KubernetesJson, Pod, Resource, Stored } from '../../runtime/client/index.js';
import type { Builder } from '../support/builders.js';
import { Cluster } from '../support/cluster.js';
import { EVENTS } from '../support/events.js';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import type { KubeApi } from '../support/kube-api.js';
import { NODES } from '../support/nodes.js';
import { Operator, OPERATOR_NAMESPACE } from '../support/operator.js';
import { PlayedPorter } from '../support/played-porter.js';
import { PodPlayer } from '../support/pod-player.js';
import { writeKubeconfigOf } from '../support/service-account.js';
import { StateStore } from '../support/state-store.js';
import { storyOf } from '../support/story.js';

/** A kind of ours as the waiters see it. */
export type Conditioned = KubernetesJson & {
  status?: { observedGeneration?: number; conditions?: readonly StatusCondition[] };
};

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: true };
/** The kinds of config/namespace. */
const AGENT_RIGHTS: readonly Resource[] = [
  SERVICE_ACCOUNTS,
  { ...RBAC, kind: 'Role', plural: 'roles' },
  { ...RBAC, kind: 'RoleBinding', plural: 'rolebindings' },
];
const NAMESPACE_DEADLINE_MS = 30_000;

/**
 * Everything that the integration tests share: a real control plane on which Pods are played, the state store and the
 * operator as processes. Each test has a namespace of its own.
 */
export class World {
  readonly player: PodPlayer;
  readonly porter: PlayedPorter;
  stateStore!: StateStore;
  /** The operator that most tests share; a test that ends it starts it again. */
  operator!: Operator;
  namespace = '';
  private readonly folder = mkdtempSync(join(tmpdir(), 'porterops-integration-'));
  private count = 0;
  private agentRights: KubernetesJson[] = [];

  private constructor(readonly cluster: Cluster) {
    this.porter = new PlayedPorter(cluster.api);
    this.player = new PodPlayer(cluster.api, (pod, play) => this.porter.record(pod, play));
  }

  static async build(): Promise<World> {
    const cluster = await Cluster.start('integration');
    const nodes = await cluster.api.list(NODES);
    if (nodes.length > 0) throw new Error('Pods are played: KUBECONFIG must name a control plane without nodes');
    const world = new World(cluster);
    await world.applyManifests();
    world.stateStore = new StateStore(await world.kubeconfigOf('porterops-state-store'));
    world.operator = await world.anOperator();
    await Promise.all([world.player.start(), world.stateStore.start()]);
    await world.operator.start();
    return world;
  }

  get api(): KubeApi {
    return this.cluster.api;
  }

  /** An operator that has not been started; at most one may run. */
  async anOperator(options: { stateStore?: 'embedded' | 'none' } = {}): Promise<Operator> {
    return Operator.prepare({
      kubeconfig: await this.kubeconfigOf('porterops-controller-manager'),
      stateStore: options.stateStore ?? 'embedded',
      serviceAddress: this.stateStore.address,
    });
  }

  /** A namespace in which agents may work, as its administrator would prepare it. */
  async newNamespace(): Promise<string> {
    this.count += 1;
    const name = `t-${process.pid}-${this.count}`;
    await this.api.create(NAMESPACES, { metadata: { name } });
    await eventually('the namespace has its ServiceAccount', () =>
      this.api.find(SERVICE_ACCOUNTS, { namespace: name, name: 'default' }),
    );
    await Promise.all(this.agentRights.map((object) => this.applyInto(name, object)));
    this.namespace = name;
    return name;
  }

  /** What somebody who reads about a failed test wants to know. */
  async tell(): Promise<string> {
    const story = await storyOf(this.api, this.namespace).catch(String);
    const problems = this.player.problems.map((problem) => `player: ${String(problem)}`);
    return [story, ...problems, '-- operator', this.operator.log(60), '-- state store', this.stateStore.log(10)].join(
      '\n',
    );
  }

  async destroy(): Promise<void> {
    await this.player.stop();
    await this.porter.close();
    await Promise.allSettled([this.operator.kill(), this.stateStore.kill()]);
    await this.cluster.stop();
    rmSync(this.folder, { recursive: true, force: true });
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
    this.agentRights = parseAllDocuments(await this.cluster.kubectl(['kustomize', 'config/namespace'])).map(
      (document) => document.toJS() as KubernetesJson,
    );
    await this.cluster.kubectl(['wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all']);
  }

  private async applyInto(namespace: string, object: KubernetesJson): Promise<void> {
    const resource = AGENT_RIGHTS.find(({ kind }) => kind === object.kind);
    if (resource === undefined) throw new Error(`config/namespace has a ${object.kind}, which this test does not know`);
    await this.api.apply(resource, { ...object, metadata: { ...object.metadata, namespace } });
  }

  private async kubeconfigOf(account: string): Promise<string> {
    const file = join(this.folder, account);
    const key = { namespace: OPERATOR_NAMESPACE, name: account };
    await writeKubeconfigOf(key, this.api, this.cluster.kubeconfig, file);
    return file;
  }
}

let current: World | undefined;

/** The world of this run; the root hooks build and destroy it. */
export function world(): World {
  if (current === undefined) throw new Error('the root hooks have not built the world yet');
  return current;
}

export function builtWorld(): World | undefined {
  return current;
}

export function setWorld(next: World | undefined): void {
  current = next;
}

/** Creates what the builder describes in the test's namespace. */
export async function create<T extends KubernetesJson>(builder: Builder<T>): Promise<Stored<T>> {
  return world().api.create(builder.resource, builder.inNamespace(world().namespace).build());
}

export async function get<T extends KubernetesJson>(resource: Resource<T>, name: string): Promise<Stored<T>> {
  return world().api.get(resource, { namespace: world().namespace, name });
}

export async function list<T extends KubernetesJson>(
  resource: Resource<T>,
  labelSelector?: string,
): Promise<Stored<T>[]> {
  return world().api.list(resource, { namespace: world().namespace, labelSelector });
}

/** JSON merge patch of an object in the test's namespace. */
export async function change<T extends KubernetesJson>(
  resource: Resource<T>,
  name: string,
  patch: object,
): Promise<Stored<T>> {
  return world().api.patch(resource, { namespace: world().namespace, name }, patch);
}

export async function annotate(resource: Resource, name: string, annotation: string, value: string): Promise<void> {
  await change(resource, name, { metadata: { annotations: { [annotation]: value } } });
}

export async function remove(
  resource: Resource,
  name: string,
  policy?: 'Background' | 'Foreground' | 'Orphan',
): Promise<void> {
  await world().api.delete(resource, { namespace: world().namespace, name }, policy);
}

/** Waits until the object is as the check demands; the check throws or returns false while it is not. */
export async function until<T extends KubernetesJson>(
  resource: Resource<T>,
  name: string,
  check: (object: Stored<T>) => unknown,
  withinMs = PATIENCE_MS,
): Promise<Stored<T>> {
  return eventually(
    `${resource.kind} ${name} is as expected`,
    async () => {
      const object = await get(resource, name);
      return check(object) === false ? undefined : object;
    },
    withinMs,
  );
}

/** Waits until Ready is True for the generation that the object has now. */
export async function untilReady<T extends Conditioned>(
  resource: Resource<T>,
  name: string,
  withinMs = PATIENCE_MS,
): Promise<Stored<T>> {
  return until(resource, name, (object) => expectReady(object), withinMs);
}

/** Waits until Ready is False for the current generation with one of the reasons; returns the condition. */
export async function untilNotReady(
  resource: Resource<Conditioned>,
  name: string,
  reasons: string | readonly string[],
  withinMs = PATIENCE_MS,
): Promise<StatusCondition> {
  const object = await until(
    resource,
    name,
    (candidate) => {
      const ready = condition(candidate, 'Ready');
      expect(ready, told(candidate)).to.include({ status: 'False', observedGeneration: candidate.metadata.generation });
      expect([reasons].flat(), told(candidate)).to.include(ready?.reason);
    },
    withinMs,
  );
  return condition(object, 'Ready') as StatusCondition;
}

export async function untilGone(resource: Resource, name: string, withinMs = PATIENCE_MS): Promise<void> {
  const key = { namespace: world().namespace, name };
  const gone = async () => (await world().api.find(resource, key)) === undefined;
  await eventually(`${resource.kind} ${name} is gone`, gone, withinMs);
}

export async function untilNamespaceGone(name: string): Promise<void> {
  const gone = async () => (await world().api.find(NAMESPACES, { name })) === undefined;
  await eventually(`namespace ${name} is gone`, gone, NAMESPACE_DEADLINE_MS);
}

export function condition(object: Conditioned, type: string): StatusCondition | undefined {
  return object.status?.conditions?.find((candidate) => candidate.type === type);
}

/** The agent Pods that ever ran in the test's namespace: nothing may run twice, so tests count them. */
export function agentPods(): readonly Stored<Pod>[] {
  return world().player.agentPods(world().namespace);
}

/** The arguments of the agent, one entry for each Pod, oldest first. */
export function agentCommands(): string[] {
  return agentPods().map((pod) =>
    (pod.spec?.containers.find(({ name }) => name === 'porter-agent')?.args ?? []).join(' '),
  );
}

/** The events about an object, oldest first. */
export async function eventsOf(name: string): Promise<Stored<CoreEvent>[]> {
  const events = await list(EVENTS);
  return events.filter((event) => event.involvedObject.name === name);
}

function expectReady(object: Conditioned): void {
  const { generation } = object.metadata;
  expect(condition(object, 'Ready'), told(object)).to.include({ status: 'True', observedGeneration: generation });
}

function told(object: Conditioned): string {
  return object.status === undefined ? 'no status yet' : JSON.stringify(object.status.conditions);
}
