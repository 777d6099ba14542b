import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { JOBS } from '../../runtime/client/index.js';
import { anInstallation } from '../support/builders.js';
import { isReady } from '../support/conditions.js';
import { eventually } from '../support/eventually.js';
import { NAMESPACE, Rig, type Contest } from './rig.js';

const DEADLINE_MS = 60_000;

/** Milliseconds from the answer to the creation of an Installation, one per Installation, in no order. */
export interface Latencies {
  readonly toJob: readonly number[];
  readonly toReady: readonly number[];
}

/** Creates Installations one after the other, each when the last one is Ready and all is quiet. */
export async function installOneByOne(contest: Contest, count: number): Promise<Latencies> {
  const rig = await Rig.start(contest);
  try {
    await rig.play();
    const watching = new AbortController();
    rig.onStop(() => watching.abort());
    const sightings = await watch(rig, watching.signal);
    const toJob: number[] = [];
    const toReady: number[] = [];
    for (let number = 1; number <= count; number++) {
      const name = `shop-${number}`;
      await rig.api.create(INSTALLATIONS, anInstallation(name).inNamespace(NAMESPACE).build());
      const begun = performance.now();
      toJob.push((await sightings.job(name)) - begun);
      toReady.push((await sightings.ready(name)) - begun);
    }
    return { toJob, toReady };
  } finally {
    await rig.stop();
  }
}

/** When a Job for an Installation was first seen, and when it was first seen Ready, as performance.now() says it. */
async function watch({ api }: Rig, signal: AbortSignal) {
  const jobs = new Map<string, number>();
  const ready = new Map<string, number>();
  await api.watch(
    JOBS,
    { namespace: NAMESPACE },
    ({ object }) => {
      const name = /^shop-\d+/.exec(object.metadata.name)?.[0];
      if (name !== undefined && !jobs.has(name)) jobs.set(name, performance.now());
    },
    signal,
  );
  await api.watch(
    INSTALLATIONS,
    { namespace: NAMESPACE },
    ({ object }) => {
      const { name } = object.metadata;
      if (isReady(object) && !ready.has(name)) ready.set(name, performance.now());
    },
    signal,
  );
  const sighting = (seen: Map<string, number>, name: string) =>
    eventually(`${name} is seen`, () => seen.get(name), DEADLINE_MS);
  return { job: (name: string) => sighting(jobs, name), ready: (name: string) => sighting(ready, name) };
}
