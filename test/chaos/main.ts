import { parseArgs } from 'node:util';
import { endChildren } from '../support/children.js';
import { Cluster, clusterName } from '../support/cluster.js';
import { endWithClusters } from '../support/ending.js';
import { Battery, type Judged, type Learned, type Task } from './battery.js';
import { huntMutants } from './hunt.js';
import { planNamed, sample } from './plans.js';
import { failureOf, leaveTotals, outcomeOf } from './report.js';
import { CLUSTER, Rig } from './rig.js';
import { WORKLOADS } from './workloads.js';

/**
 * `npm run chaos -- [--workload NAME]… [--plan ID]… [--sample COUNT] [--seed NUMBER] [--lanes COUNT] [--mutants [--mutant TEXT]]`:
 * what the operator does under faults, compared with what it does without. See docs/faults.md.
 */
const { values: options } = parseArgs({
  options: {
    workload: { type: 'string', multiple: true, default: WORKLOADS.map(({ name }) => name) },
    plan: { type: 'string', multiple: true },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '12' },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string', default: '' },
  },
});

const PROGRESS_EVERY = 100;
const ending = endWithClusters(Cluster.isGiven() ? [] : [clusterName(CLUSTER)], endChildren);
const begun = performance.now();

async function main(): Promise<number> {
  const workloads = WORKLOADS.filter(({ name }) => options.workload.includes(name));
  if (workloads.length === 0) throw new Error(`workloads: ${WORKLOADS.map(({ name }) => name).join(', ')}`);
  const rig = await Rig.build();
  try {
    await rig.open(Number(options.lanes));
    const battery = new Battery(rig);
    const learned = await battery.learn(workloads, options.sample === undefined && !options.mutants ? 2 : 1);
    if (options.mutants) return await huntMutants(rig, learned, { name: options.mutant, seed, say });
    return await check(battery, tasksOf(learned));
  } finally {
    await rig.destroy();
  }
}

async function check(battery: Battery, tasks: readonly Task[]): Promise<number> {
  const names = [...new Set(tasks.map(({ learned }) => learned.workload.name))];
  say(`${tasks.length} plans of ${names.join(', ')}; seed ${options.seed}`);
  const judged: Judged[] = [];
  await battery.run(tasks, (one) => {
    judged.push(one);
    const failure = failureOf(one);
    if (failure !== undefined) say(failure);
    if (judged.length % PROGRESS_EVERY === 0) say(`${judged.length} of ${tasks.length}`);
    return true;
  });
  const outcome = outcomeOf(judged);
  for (const name of outcome.unreached) say(`its fault never came: ${name}`);
  say(`${outcome.passed} plans passed, ${outcome.failures.length} failed`);
  leaveTotals(outcome);
  return outcome.failures.length === 0 ? 0 : 1;
}

function tasksOf(learned: readonly Learned[]): Task[] {
  const named = options.plan?.map(planNamed);
  const all = learned.flatMap((one) => (named ?? one.plans).map((plan) => ({ learned: one, plan })));
  // In an order of chance, so that plans that wait for long do not come all at once.
  return sample(all, options.sample === undefined ? all.length : Number(options.sample), seed());
}

function seed(): number {
  return Number(options.seed);
}

function say(text: string): void {
  process.stdout.write(`[${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s] ${text}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  // What fails because somebody ends the battery is of no interest; the process is about to end.
  if (ending.aborted) await new Promise(() => undefined);
  throw error;
}
