import { setTimeout as delay } from 'node:timers/promises';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { anInstallation } from '../support/builders.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import type { KubeApi } from '../support/kube-api.js';
import { Operator, sumOf } from '../support/operator.js';
import { StateStore } from '../support/state-store.js';
import { startPlayer } from './player-process.js';
import { cpuSeconds, peakMebibytes } from './usage.js';

export interface Contest {
  contender: 'floor' | 'product';
  /** A: the player only ends Pods. B: it also writes records through the state store, which judges the runs. */
  player: 'A' | 'B';
  installations: number;
}

/** What one process used while all Installations became Ready. */
export interface Usage {
  requestsEach: number;
  cpuSeconds: number;
  peakMebibytes: number;
}

export interface Measurement extends Contest {
  /** From the first creation to the last Ready. */
  seconds: number;
  operator: Usage;
  stateStore?: Usage;
  /** False when the operator still asked for something long after the last Ready: then some of its bill is missing. */
  isComplete: boolean;
}

/** What the bench's own cluster is called. */
export const CLUSTER = 'bench';
const NAMESPACE = 'bench';
const FLOOR = 'floor-operator';
const WARM_UP = 20;
const CREATORS = 16;
const READY_DEADLINE_MS = 15 * 60_000;
const QUIET_DEADLINE_MS = 3 * 60_000;
const QUIET_MS = 1500;
const REQUESTS = 'rest_client_requests_total';

interface Measured {
  readonly pid: number;
  /** Requests to the API server since the start. */
  requests(): Promise<number>;
}

/** One contest on a control plane of its own, so that nobody inherits anything. */
export async function measure(contest: Contest): Promise<Measurement> {
  const plane = await ControlPlane.start(CLUSTER);
  const stopAll: (() => Promise<unknown>)[] = [() => plane.stop()];
  try {
    const store = contest.player === 'B' ? await startStore(plane) : undefined;
    if (store !== undefined) stopAll.unshift(() => store.kill());
    const contender = await startContender(contest, plane, store);
    stopAll.unshift(() => contender.kill());
    const player = await startPlayer(plane.cluster.kubeconfig, contest.player, store);
    stopAll.unshift(() => player.stop());
    await plane.createNamespace(NAMESPACE);
    const watching = new AbortController();
    stopAll.unshift(() => {
      watching.abort();
      return Promise.resolve();
    });
    const arrivals = await readyCounter(plane.api, watching.signal);
    await createMany(plane.api, 'warm-up', WARM_UP);
    await eventually('the warm-up is over', () => arrivals.size >= WARM_UP, READY_DEADLINE_MS);
    return {
      ...contest,
      ...(await race(plane.api, contest.installations, {
        arrivals,
        contender: measured(contender),
        store: store && recordsOf(store, plane.api),
      })),
    };
  } finally {
    for (const stop of stopAll) await stop().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  }
}

async function race(
  api: KubeApi,
  installations: number,
  { arrivals, contender, store }: { arrivals: Set<string>; contender: Measured; store?: Measured },
): Promise<Omit<Measurement, keyof Contest>> {
  const before = { operator: await snapshot(contender), store: store && (await snapshot(store)) };
  const begun = performance.now();
  await createMany(api, 'shop', installations);
  await eventually('all are Ready', () => arrivals.size >= WARM_UP + installations, READY_DEADLINE_MS);
  const seconds = (performance.now() - begun) / 1000;
  const isComplete = await becomesQuiet(contender);
  const operator = used(before.operator, await snapshot(contender), contender.pid, installations);
  if (store === undefined || before.store === undefined) return { seconds, operator, isComplete };
  const stateStore = used(before.store, await snapshot(store), store.pid, installations);
  return { seconds, operator, stateStore, isComplete };
}

function measured(operator: Operator): Measured {
  return { pid: operator.pid, requests: () => operator.metric(REQUESTS) };
}

/** The store's requests as the API server counts them: nobody else touches its records. */
function recordsOf(store: StateStore, api: KubeApi): Measured {
  const requests = async () => {
    const metrics = String(await api.call('GET', '/metrics'));
    return sumOf(metrics, 'apiserver_request_total', 'resource="staterecords"');
  };
  return { pid: store.pid, requests };
}

async function snapshot(process: Measured) {
  return { requests: await process.requests(), cpu: cpuSeconds(process.pid) };
}

type Snapshot = Awaited<ReturnType<typeof snapshot>>;

function used(before: Snapshot, after: Snapshot, pid: number, installations: number): Usage {
  return {
    requestsEach: (after.requests - before.requests) / installations,
    cpuSeconds: after.cpu - before.cpu,
    peakMebibytes: peakMebibytes(pid),
  };
}

/** What follows the last Ready (events, time limits of Jobs) belongs to the bill: waits until nothing more is asked. */
async function becomesQuiet(process: Measured): Promise<boolean> {
  const end = performance.now() + QUIET_DEADLINE_MS;
  for (let last = -1; performance.now() < end;) {
    const now = await process.requests();
    if (now === last) return true;
    last = now;
    await delay(QUIET_MS);
  }
  return false;
}

async function startStore(plane: ControlPlane): Promise<StateStore> {
  const store = StateStore.prepare(await plane.kubeconfigOf('porterops-state-store'));
  await store.start();
  return store;
}

async function startContender(contest: Contest, plane: ControlPlane, store: StateStore | undefined): Promise<Operator> {
  const isFloor = contest.contender === 'floor';
  if (isFloor) await plane.createAdministrator(FLOOR);
  const operator = await Operator.prepare({
    kubeconfig: await plane.kubeconfigOf(isFloor ? FLOOR : 'porterops-controller-manager'),
    stateStore: store === undefined ? 'none' : 'embedded',
    serviceAddress: store?.address,
    ...(isFloor ? { file: 'build/test/bench/floor-operator.js' } : {}),
  });
  await operator.start();
  return operator;
}

/** The uids of the Installations that have become Ready so far; it goes on growing. */
async function readyCounter(api: KubeApi, signal: AbortSignal): Promise<Set<string>> {
  const ready = new Set<string>();
  await api.watch(
    INSTALLATIONS,
    { namespace: NAMESPACE },
    ({ object }) => {
      const condition = object.status?.conditions?.find(({ type }) => type === 'Ready');
      if (condition?.status === 'True') ready.add(object.metadata.uid);
    },
    signal,
  );
  return ready;
}

async function createMany(api: KubeApi, prefix: string, count: number): Promise<void> {
  let next = 0;
  const creator = async () => {
    while (next < count) {
      next += 1;
      const name = `${prefix}-${next}`;
      const installation = anInstallation(name).withParameters({ name }).inNamespace(NAMESPACE).build();
      await api.create(INSTALLATIONS, installation);
    }
  };
  await Promise.all(Array.from({ length: CREATORS }, creator));
}
