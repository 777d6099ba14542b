import { setTimeout as delay } from 'node:timers/promises';
import type { Installation } from '../../api/porter/v1/installation.js';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { JOB_TYPES, LABELS } from '../../api/porter/v1/well-known.js';
import { JOBS } from '../../runtime/client/index.js';
import { LEASES } from '../../runtime/leader/index.js';
import type { KubernetesJson } from '../../runtime/client/index.js';
import { startPlayer } from '../bench/player-process.js';
import { anInstallation } from '../support/builders.js';
import { endChildren } from '../support/children.js';
import { Cluster, clusterName } from '../support/cluster.js';
import { ControlPlane } from '../support/control-plane.js';
import { condition } from '../support/conditions.js';
import { endWithClusters, runToEnd } from '../support/ending.js';
import { eventually } from '../support/eventually.js';
import { collectionPath, type KubeApi } from '../support/kube-api.js';
import { OPERATOR_NAMESPACE, Operator } from '../support/operator.js';
import { progress } from '../support/progress.js';
import { StateStore } from '../support/state-store.js';

/**
 * `npm run chaos:leaders [-- KILLS [INSTALLATIONS]]`: two replicas; while the bundles of many Installations run, the one that leads
 * is killed again and again, and as often asked to end, and replaced. Nothing may run twice, and the gaps until the other one
 * writes something must be as short as promised.
 */
const [KILLS = 20, SIZE = 200] = process.argv.slice(2).map(Number);
if (![KILLS, SIZE].every((count) => Number.isInteger(count) && count > 0))
  throw new Error('usage: npm run chaos:leaders -- [KILLS [INSTALLATIONS]]');
const CLUSTER = 'leaders';
const NAMESPACE = 'leaders';
const LEADING = 'leader_election_master_status';
/** How a leader ends, and how many milliseconds after that the next one writes at the latest. */
const ENDINGS = [
  { name: 'kill', end: (leader: Operator) => leader.kill(), promisedMs: 18_000 },
  { name: 'hand-over', end: (leader: Operator) => leader.stop(), promisedMs: 3_000 },
];
const PATIENCE_MS = 5 * 60_000;
const IN_FLIGHT_MS = 300;

const say = progress();
const ending = endWithClusters(Cluster.isGiven() ? [] : [clusterName(CLUSTER)], endChildren);

/** Jobs of agents, by AgentAction, and AgentActions, by Installation and generation; each must have one. */
class Counts {
  private readonly uids = new Map<string, Set<string>>();

  add(of: string, { metadata }: KubernetesJson): void {
    this.uids.set(of, (this.uids.get(of) ?? new Set()).add(metadata.uid ?? ''));
  }

  get size(): number {
    return this.uids.size;
  }

  doubled(): string[] {
    return [...this.uids].filter(([, uids]) => uids.size > 1).map(([of, uids]) => `${of}: ${uids.size}`);
  }
}

/** What was written, and when, by performance.now(). */
class Writes {
  private readonly seen: { readonly version: bigint; readonly at: number }[] = [];

  add({ metadata }: KubernetesJson): void {
    this.seen.push({ version: BigInt(metadata.resourceVersion ?? 0), at: performance.now() });
  }

  /** When the first thing was written that has a later version. */
  after(version: bigint): Promise<number> {
    return eventually('something is written', () => this.seen.find((write) => write.version > version)?.at);
  }
}

async function main(): Promise<number> {
  const plane = await ControlPlane.start(CLUSTER);
  const stopping = new AbortController();
  const undo: (() => unknown)[] = [() => plane.stop(), () => stopping.abort()];
  try {
    const store = StateStore.prepare(await plane.kubeconfigOf('porterops-state-store'));
    undo.push(() => store.kill());
    await store.start();
    const player = await startPlayer(plane.cluster.kubeconfig, 'B', store);
    undo.push(() => player.stop());
    await plane.createNamespace(NAMESPACE);
    const replicas = [await replica(plane, store), await replica(plane, store)];
    undo.push(() => Promise.all(replicas.map((operator) => operator.kill())));
    return await race(plane, replicas, stopping.signal);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function race(plane: ControlPlane, replicas: readonly Operator[], signal: AbortSignal): Promise<number> {
  const { api } = plane;
  const [actions, jobs, writes] = [new Counts(), new Counts(), new Writes()];
  const scope = { namespace: NAMESPACE };
  const onAction = ({ object }: { object: KubernetesJson }) => {
    actions.add(wishOf(object), object);
    writes.add(object);
  };
  await api.watch(AGENT_ACTIONS, scope, onAction, signal);
  await api.watch(INSTALLATIONS, scope, ({ object }) => writes.add(object), signal);
  await api.watch(JOBS, scope, ({ object }) => isAgent(object) && jobs.add(ownerOf(object), object), signal);
  const names = Array.from({ length: SIZE }, (_, index) => `shop-${index}`);
  for (const name of names) await api.create(INSTALLATIONS, anInstallation(name).inNamespace(NAMESPACE).build());
  const longest = new Map<string, number>();
  for (let round = 1; round <= KILLS; round++) {
    for (const { name, end } of ENDINGS) {
      const gap = await gapAfter(end, replicas, async () => writes.after(await versionOf(api)));
      longest.set(name, Math.max(gap, longest.get(name) ?? 0));
      say(`${name} ${round}: the other one writes after ${seconds(gap)}; ${jobs.size} runs so far`);
      // What has ended meanwhile gets something new to do.
      const parameters = { after: `${name} ${round}` };
      for (const shop of names.filter((_, index) => index % 4 === round % 4))
        await api.patch(INSTALLATIONS, { namespace: NAMESPACE, name: shop }, { spec: { parameters } });
    }
  }
  const left = async () =>
    (await api.list(INSTALLATIONS, { namespace: NAMESPACE })).filter((one) => !isUpToDate(one)).length;
  await eventually('all are Ready', async () => (await left()) === 0, PATIENCE_MS);
  say(`${SIZE} Installations are Ready after ${jobs.size} runs`);
  const wrong = [...actions.doubled(), ...jobs.doubled()].map((one) => `made twice: ${one}`);
  for (const { name, promisedMs } of ENDINGS) {
    const gap = longest.get(name) ?? 0;
    say(`${KILLS} times ${name}: at most ${seconds(gap)} without a write`);
    if (gap > promisedMs) wrong.push(`a ${name} took longer than ${seconds(promisedMs)}`);
  }
  for (const one of wrong) say(one);
  return wrong.length === 0 ? 0 : 1;
}

/** From the end of the leader to the first write of the other one, in milliseconds; then the former leader is there again. */
async function gapAfter(
  end: (leader: Operator) => Promise<unknown>,
  replicas: readonly Operator[],
  firstWrite: () => Promise<number>,
): Promise<number> {
  const leader = await eventually('one leads', async () => {
    for (const operator of replicas) if ((await operator.metric(LEADING)) === 1) return operator;
    return undefined;
  });
  await end(leader);
  const ended = performance.now();
  // Its last requests may still be on their way.
  await delay(IN_FLIGHT_MS);
  const gap = (await firstWrite()) - ended;
  await leader.start(['--leader-elect']);
  return gap;
}

/** The version that everything written so far has at most. */
async function versionOf(api: KubeApi): Promise<bigint> {
  const leases = (await api.call('GET', collectionPath(LEASES, OPERATOR_NAMESPACE))) as KubernetesJson;
  return BigInt(leases.metadata.resourceVersion ?? 0);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

async function replica(plane: ControlPlane, store: StateStore): Promise<Operator> {
  const operator = await Operator.prepare({
    kubeconfig: await plane.kubeconfigOf('porterops-controller-manager'),
    stateStore: 'embedded',
    serviceAddress: store.address,
  });
  await operator.start(['--leader-elect']);
  return operator;
}

function wishOf({ metadata: { ownerReferences = [], labels = {} } }: KubernetesJson): string {
  return `${ownerReferences[0]?.name} at generation ${labels[LABELS.resourceGeneration]}`;
}

function ownerOf({ metadata: { ownerReferences = [] } }: KubernetesJson): string {
  return `Job of ${ownerReferences[0]?.name}`;
}

function isAgent({ metadata: { labels = {} } }: KubernetesJson): boolean {
  return labels[LABELS.jobType] === JOB_TYPES.agent;
}

function isUpToDate(object: Installation): boolean {
  const ready = condition(object, 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === object.metadata.generation;
}

await runToEnd(ending, main);
