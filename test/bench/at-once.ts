import { AGENT_ACTIONS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { LABELS } from '../../api/porter/v1/well-known.js';
import { JOBS, SECRETS } from '../../runtime/client/index.js';
import { isReady } from '../support/conditions.js';
import { eventually } from '../support/eventually.js';
import { collectionPath, type KubeApi } from '../support/kube-api.js';
import { type Operator, sumOf } from '../support/operator.js';
import type { StateStore } from '../support/state-store.js';
import { NAMESPACE, Rig, type Contest } from './rig.js';
import { becomesQuiet, cpuSeconds, peakMebibytes, secondsSince } from './usage.js';

/** What one process used while all Installations became Ready. */
export interface Usage {
  requestsEach: number;
  cpuSeconds: number;
  peakMebibytes: number;
}

/** What it took until Installations that were deleted at once had been uninstalled. */
export interface Deletion {
  /** From the deletion to the last that is gone. */
  seconds: number;
  requestsEach: number;
  /** What is left of them: AgentActions, Jobs and Secrets. */
  left: number;
}

/** What it took until Installations that were created at once were Ready. */
export interface AtOnce {
  /** From the first creation to the last Ready. */
  seconds: number;
  operator: Usage;
  stateStore?: Usage;
  /** Only the product undoes anything. */
  deletion?: Deletion;
  /** False when the operator still asked for something long after the last Ready: then some of its bill is missing. */
  isComplete: boolean;
}

const WARM_UP = 20;
const DEADLINE_MS = 15 * 60_000;
const REQUESTS = 'rest_client_requests_total';

interface Measured {
  readonly pid: number;
  /** Requests to the API server since the start. */
  requests(): Promise<number>;
}

/** Creates so many Installations at once. */
export async function installAtOnce(contest: Contest, installations: number): Promise<AtOnce> {
  const rig = await Rig.start(contest);
  try {
    await rig.play();
    const watching = new AbortController();
    rig.onStop(() => watching.abort());
    const arrivals = await readyCounter(rig.api, watching.signal);
    await rig.createInstallations('warm-up', WARM_UP);
    await eventually('the warm-up is over', () => arrivals.size >= WARM_UP, DEADLINE_MS);
    const allReady = () => arrivals.size >= WARM_UP + installations;
    return await race(rig, installations, allReady);
  } finally {
    await rig.stop();
  }
}

async function race(rig: Rig, installations: number, allReady: () => boolean): Promise<AtOnce> {
  const contender = measured(rig.operator);
  const store = rig.store && recordsOf(rig.store, rig.api);
  const before = { operator: await snapshot(contender), store: store && (await snapshot(store)) };
  const begun = performance.now();
  await rig.createInstallations('shop', installations);
  await eventually('all are Ready', allReady, DEADLINE_MS);
  const seconds = secondsSince(begun);
  const isComplete = await becomesQuiet(() => contender.requests());
  const operator = used(before.operator, await snapshot(contender), contender.pid, installations);
  if (store === undefined || before.store === undefined) return { seconds, operator, isComplete };
  const stateStore = used(before.store, await snapshot(store), store.pid, installations);
  return { seconds, operator, stateStore, isComplete, deletion: await deleteAtOnce(rig, contender) };
}

async function deleteAtOnce({ api }: Rig, contender: Measured): Promise<Deletion> {
  const before = await contender.requests();
  const count = (await api.list(INSTALLATIONS, { namespace: NAMESPACE })).length;
  const begun = performance.now();
  await api.call('DELETE', collectionPath(INSTALLATIONS, NAMESPACE));
  await eventually(
    'all are gone',
    async () => (await api.list(INSTALLATIONS, { namespace: NAMESPACE })).length === 0,
    DEADLINE_MS,
  );
  const seconds = secondsSince(begun);
  await becomesQuiet(() => contender.requests());
  const requestsEach = ((await contender.requests()) - before) / count;
  await becomesQuiet(() => leftIn(api));
  return { seconds, requestsEach, left: await leftIn(api) };
}

async function leftIn(api: KubeApi): Promise<number> {
  const all = { namespace: NAMESPACE };
  const managed = { ...all, labelSelector: `${LABELS.managed}=true` };
  const found = await Promise.all([api.list(AGENT_ACTIONS, all), api.list(JOBS, managed), api.list(SECRETS, managed)]);
  return found.flat().length;
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

/** The uids of the Installations that have become Ready so far; it goes on growing. */
async function readyCounter(api: KubeApi, signal: AbortSignal): Promise<Set<string>> {
  const ready = new Set<string>();
  await api.watch(
    INSTALLATIONS,
    { namespace: NAMESPACE },
    ({ object }) => {
      if (isReady(object)) ready.add(object.metadata.uid);
    },
    signal,
  );
  return ready;
}
