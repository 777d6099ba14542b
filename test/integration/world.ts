import { expect } from 'chai';
import type { StatusCondition } from '../../runtime/schema/index.js';
import { JOBS, NAMESPACES } from '../../runtime/client/index.js';
import type { CoreEvent, KubernetesJson, Pod, Resource, Stored } from '../../runtime/client/index.js';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { anInstallation, type Builder } from '../support/builders.js';
import type { Cluster } from '../support/cluster.js';
import { condition, type Conditioned } from '../support/conditions.js';
import { ControlPlane } from '../support/control-plane.js';
import { EVENTS } from '../support/events.js';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import type { KubeApi } from '../support/kube-api.js';
import { OPERATOR_NAMESPACE, Operator, sumOf } from '../support/operator.js';
import { PlayedKubelet } from '../support/played-kubelet.js';
import { PlayedPorter } from '../support/played-porter.js';
import { fails, type Play } from '../support/pod-plays.js';
import { PodPlayer, type HeldRun } from '../support/pod-player.js';
import { StateStore } from '../support/state-store.js';
import { Records, type RunRecord } from '../support/records.js';
import { storyOf } from '../support/story.js';

/** How long a test waits for the garbage collector: that of a young control plane looks for new kinds every 30 s. */
export const COLLECTION_MS = 2 * PATIENCE_MS;

/** The namespace controller looks again at ever longer intervals while something is left. */
const NAMESPACE_DEADLINE_MS = 180_000;

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
  records!: Records;
  namespace = '';
  private readonly kubelet: PlayedKubelet;
  /** Undoes what has been built so far, oldest first. */
  private readonly undo: (() => Promise<unknown>)[] = [];
  private count = 0;
  private witnesses = 0;
  private narrow = 0;

  private constructor(private readonly plane: ControlPlane) {
    this.porter = new PlayedPorter(plane.api);
    this.kubelet = new PlayedKubelet(plane.api);
    this.player = new PodPlayer(plane.api, (pod, play) => this.begin(pod, play), this.kubelet);
    this.undo.push(
      () => plane.stop(),
      () => Promise.all([this.porter.close(), this.kubelet.stop()]),
      () => this.player.stop(),
    );
  }

  static async build(): Promise<World> {
    const world = new World(await ControlPlane.start('integration'));
    try {
      await world.start();
      return world;
    } catch (error) {
      await world.destroy().catch(() => undefined);
      throw error;
    }
  }

  get api(): KubeApi {
    return this.plane.api;
  }

  get cluster(): Cluster {
    return this.plane.cluster;
  }

  /** An operator that has not been started; at most one may run. */
  async anOperator(options: { stateStore?: 'embedded' | 'none' } = {}): Promise<Operator> {
    return Operator.prepare({
      kubeconfig: await this.plane.kubeconfigOf('porterops-controller-manager'),
      stateStore: options.stateStore ?? 'embedded',
      serviceAddress: this.stateStore.address,
    });
  }

  /** An operator that serves only these namespaces and has these roles in them, as in its own one, and none elsewhere. */
  async aNarrowOperator(namespaces: readonly string[], roles: readonly string[]): Promise<Operator> {
    this.narrow += 1;
    const account = `narrow-${this.narrow}`;
    await this.plane.createAccount(account, [...namespaces, OPERATOR_NAMESPACE], roles);
    const operator = await Operator.prepare({
      kubeconfig: await this.plane.kubeconfigOf(account),
      stateStore: 'embedded',
      serviceAddress: this.stateStore.address,
    });
    await operator.start([`--watch-namespaces=${namespaces.join(',')}`]);
    return operator;
  }

  async newNamespace(): Promise<string> {
    this.count += 1;
    this.namespace = `t-${process.pid}-${this.count}`;
    await this.plane.createNamespace(this.namespace);
    return this.namespace;
  }

  /**
   * Waits until the operator has seen everything that there is now, and has had the occasion to do something about it: until
   * another Installation, in a namespace of its own, has gone its whole way through all that the operator watches, and
   * nothing waits to be looked at any more. For what must not happen; needs a state store if the operator has one.
   */
  async untilOperatorHasLooked(): Promise<void> {
    this.witnesses += 1;
    const namespace = `t-${process.pid}-witnesses`;
    if (this.witnesses === 1) await this.plane.createNamespace(namespace);
    const key = { namespace, name: `witness-${this.witnesses}` };
    await this.api.create(INSTALLATIONS, anInstallation(key.name).inNamespace(namespace).build());
    await eventually(`Installation ${key.name} is Ready`, async () => {
      const object = await this.api.get(INSTALLATIONS, key);
      expectReady(object);
      return true;
    });
    await eventually('the operator has nothing to do', async () => {
      const metrics = await this.operator.metrics();
      const counts = ['workqueue_depth', 'controller_runtime_active_workers'].map((name) => sumOf(metrics, name));
      return counts.every((count) => count === 0);
    });
  }

  /** Gives agents their rights in the test's namespace once more. */
  async letAgentsIn(): Promise<void> {
    await this.plane.letAgentsIn(this.namespace);
  }

  /** Whether what all tests need is there; the operator is started again when it is not. */
  async works(): Promise<boolean> {
    const answers = await this.api.list(NAMESPACES).then(
      () => true,
      () => false,
    );
    return answers && this.stateStore.isRunning;
  }

  /** What somebody who reads about a failed test wants to know. */
  async tell(): Promise<string> {
    const story = await storyOf(this.api, this.namespace).catch(String);
    const problems = this.player.problems.map((problem) => `player: ${String(problem)}`);
    const log = this.operator.log().split('\n');
    const said = log.filter((line) => line.includes(`"${this.namespace}"`) || !line.includes('"namespace"')).slice(-25);
    return [story, ...problems, '-- operator', ...said, '-- state store', this.stateStore.log(5)].join('\n');
  }

  /** Ends all of it, whatever cannot be ended; also when only a part was ever built. */
  async destroy(): Promise<void> {
    const failures: unknown[] = [];
    for (const undo of this.undo.splice(0).reverse()) await undo().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, `cannot be ended: ${failures.map(String).join('; ')}`);
  }

  private async start(): Promise<void> {
    this.stateStore = StateStore.prepare(await this.plane.kubeconfigOf('porterops-state-store'));
    process.env['SERVICE_ADDRESS'] = this.stateStore.address;
    this.undo.push(() => this.stateStore.kill());
    await Promise.all([this.kubelet.start(), this.player.start(), this.stateStore.start()]);
    this.records = await Records.open(this.api);
    this.undo.push(() => this.records.close());
    this.operator = await this.anOperator();
    this.undo.push(() => this.operator.kill());
    await this.operator.start();
  }

  /** A Porter to which a scenario denies its state store fails, as a real one does in the end. */
  private async begin(pod: Stored<Pod>, play?: Play): Promise<(told: Play) => Promise<Play>> {
    const atEnd = await this.withStore(
      () => this.porter.begin(pod, play),
      (failure) => () => Promise.resolve(failure),
    );
    return (told) =>
      this.withStore(
        () => atEnd(told),
        (failure) => failure,
      );
  }

  /** What fails although the store was there all the time is a mistake of the player. */
  private async withStore<T>(work: () => Promise<T>, otherwise: (failure: Play) => T): Promise<T> {
    const { starts } = this.stateStore;
    try {
      return await work();
    } catch (error) {
      if (this.stateStore.isRunning && this.stateStore.starts === starts) throw error;
      return otherwise(fails(`state store is unavailable: ${String(error)}`));
    }
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

/**
 * Takes away the AgentAction that an Installation's status names, with its Job, as somebody may or a foreground deletion does;
 * the garbage collector would do the second part too, but in a young control plane only after half a minute.
 */
export async function removeRun(installation = 'shop'): Promise<void> {
  const { api, namespace } = world();
  const { status } = await get(INSTALLATIONS, installation);
  const action = await api.find(AGENT_ACTIONS, { namespace, name: status?.action?.name ?? '' });
  if (action === undefined) return;
  await remove(AGENT_ACTIONS, action.metadata.name);
  if (action.status?.job !== undefined) await remove(JOBS, action.status.job.name, 'Background');
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
      return (await check(object)) === false ? undefined : object;
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

export { condition, type Conditioned };

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

/** The runs that Porter's records have of an installation of the test's namespace, oldest first. */
export async function runsOf(installation: string): Promise<RunRecord[]> {
  return world().records.runs(world().namespace, installation);
}

/** What the next agent Pods of the test do, in this order; after that they succeed. */
export function script(...plays: Play[]): void {
  world().player.script(world().namespace, plays);
}

/** What the next bundle Pods of the test do, in this order; after that they succeed. */
export function bundleScript(...plays: Play[]): void {
  world().player.scriptBundles(world().namespace, plays);
}

/** The next agent Pod runs until the test ends it. */
export function hold(): HeldRun {
  return world().player.hold(world().namespace);
}

/** Asserts what holds once the operator has seen everything that there is now. */
export async function afterOperatorHasLooked(check: () => unknown): Promise<void> {
  await world().untilOperatorHasLooked();
  await check();
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
