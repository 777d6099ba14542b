import type { Installation } from '../../api/porter/v1/installation.js';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { JOB_TYPES, LABELS } from '../../api/porter/v1/well-known.js';
import { JOBS } from '../../runtime/client/index.js';
import type { KubernetesJson } from '../../runtime/client/index.js';
import { startPlayer } from '../bench/player-process.js';
import { anInstallation } from '../support/builders.js';
import { endChildren } from '../support/children.js';
import { Cluster, clusterName } from '../support/cluster.js';
import { ControlPlane } from '../support/control-plane.js';
import { condition } from '../support/conditions.js';
import { endWithClusters, runToEnd } from '../support/ending.js';
import { eventually } from '../support/eventually.js';
import { Operator } from '../support/operator.js';
import { progress } from '../support/progress.js';
import { StateStore } from '../support/state-store.js';

/**
 * `npm run chaos:leaders [-- KILLS [INSTALLATIONS]]`: two replicas; the one that leads is killed again and again while the
 * bundles of many Installations run, and replaced. Nothing may run twice, and the gaps must be as short as promised.
 */
const [KILLS = 20, SIZE = 200] = process.argv.slice(2).map(Number);
if (![KILLS, SIZE].every((count) => Number.isInteger(count) && count > 0))
  throw new Error('usage: npm run chaos:leaders -- [KILLS [INSTALLATIONS]]');
const CLUSTER = 'leaders';
const NAMESPACE = 'leaders';
const LEADING = 'leader_election_master_status';
/** Of a lease of 15 s, the pause of a candidate, and this test's own look. */
const LONGEST_GAP_MS = 18_000;
const PATIENCE_MS = 5 * 60_000;

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
  const [actions, jobs] = [new Counts(), new Counts()];
  await api.watch(AGENT_ACTIONS, { namespace: NAMESPACE }, ({ object }) => actions.add(wishOf(object), object), signal);
  await api.watch(
    JOBS,
    { namespace: NAMESPACE },
    ({ object }) => isAgent(object) && jobs.add(ownerOf(object), object),
    signal,
  );
  const names = Array.from({ length: SIZE }, (_, index) => `shop-${index}`);
  for (const name of names) await api.create(INSTALLATIONS, anInstallation(name).inNamespace(NAMESPACE).build());
  const gaps: number[] = [];
  for (let kill = 1; kill <= KILLS; kill++) {
    const gap = await killLeader(replicas);
    gaps.push(gap);
    say(`kill ${kill}: another one leads after ${(gap / 1000).toFixed(1)} s; ${jobs.size} runs so far`);
    // What has ended meanwhile gets something new to do.
    const parameters = { kill: String(kill) };
    for (const name of names.filter((_, index) => index % 4 === kill % 4))
      await api.patch(INSTALLATIONS, { namespace: NAMESPACE, name }, { spec: { parameters } });
  }
  const left = async () =>
    (await api.list(INSTALLATIONS, { namespace: NAMESPACE })).filter((one) => !isUpToDate(one)).length;
  await eventually('all are Ready', async () => (await left()) === 0, PATIENCE_MS);
  const doubled = [...actions.doubled(), ...jobs.doubled()];
  const longest = Math.max(...gaps);
  say(
    `${SIZE} Installations are Ready after ${jobs.size} runs and ${KILLS} kills; the longest gap was ${(longest / 1000).toFixed(1)} s`,
  );
  for (const one of doubled) say(`made twice: ${one}`);
  if (longest > LONGEST_GAP_MS) say(`a gap is longer than ${LONGEST_GAP_MS / 1000} s`);
  return doubled.length === 0 && longest <= LONGEST_GAP_MS ? 0 : 1;
}

/** For how many milliseconds nobody led. */
async function killLeader(replicas: readonly Operator[]): Promise<number> {
  const leader = await eventually('one leads', async () => {
    for (const operator of replicas) if ((await operator.metric(LEADING)) === 1) return operator;
    return undefined;
  });
  await leader.kill();
  const killed = performance.now();
  const others = replicas.filter((operator) => operator !== leader);
  const next = async () => {
    const values = await Promise.all(others.map((operator) => operator.metric(LEADING)));
    return values.includes(1);
  };
  await eventually('another one leads', next);
  const gap = performance.now() - killed;
  await leader.start(['--leader-elect']);
  return gap;
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
