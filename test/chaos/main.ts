import { CommanderError } from 'commander';
import { endChildren } from '../support/children.js';
import { Cluster, clusterName } from '../support/cluster.js';
import { endWithClusters, runToEnd } from '../support/ending.js';
import { progress } from '../support/progress.js';
import { Battery, type Judged, type Learned, type Task } from './battery.js';
import { huntMutants } from './hunt.js';
import { MUTANTS } from './mutants.js';
import { chaosOptions, type ChaosOptions } from './options.js';
import { planNamed, sample } from './plans.js';
import { failureOf, leaveTotals, outcomeOf } from './report.js';
import { CLUSTER, Rig } from './rig.js';
import { WORKLOADS } from './workloads.js';

const options = optionsOrEnd();
const PROGRESS_EVERY = 100;
const ending = endWithClusters(Cluster.isGiven() ? [] : [clusterName(CLUSTER)], endChildren);
const say = progress();

async function main(): Promise<number> {
  const mutants = MUTANTS.filter(({ name, workloads }) => {
    const isWanted = options.mutants && name.includes(options.mutant ?? '');
    return isWanted && workloads.some((workload) => options.workload.includes(workload));
  });
  if (options.mutants && mutants.length === 0) throw new Error('these workloads are not those of such a mutant');
  const workloads = WORKLOADS.filter(
    ({ name }) =>
      options.workload.includes(name) && (!options.mutants || mutants.some((one) => one.workloads.includes(name))),
  );
  const rig = await Rig.build();
  try {
    await rig.open(options.lanes);
    const battery = new Battery(rig);
    const learned = await battery.learn(workloads, options.sample === undefined && !options.mutants ? 2 : 1);
    return options.mutants ? await huntMutants(rig, learned, { mutants, say }) : await check(battery, tasksOf(learned));
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
  const found = outcomeOf(judged, options.plan);
  const failures = [...found.failures, ...battery.problems];
  for (const failure of failures.slice(found.wrong)) say(failure);
  for (const name of found.unreached) say(`its fault never came: ${name}`);
  say(`${found.passed} plans passed, ${failures.length} failed, the faults of ${found.unreached.length} never came`);
  leaveTotals({ ...found, failures });
  return failures.length === 0 ? 0 : 1;
}

function tasksOf(learned: readonly Learned[]): Task[] {
  const named = options.plan?.map(planNamed);
  const all = learned.flatMap((one) => (named ?? one.plans).map((plan) => ({ learned: one, plan })));
  // In an order of chance, so that plans that wait for long do not come all at once.
  const nameOf = (task: Task) => `${task.learned.workload.name} ${task.plan.id}`;
  return sample(all, options.sample ?? all.length, options.seed, nameOf);
}

/** What is not understood has been said; nothing has been started then. */
function optionsOrEnd(): ChaosOptions {
  try {
    return chaosOptions(process.argv.slice(2));
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    throw error;
  }
}

await runToEnd(ending, main);
