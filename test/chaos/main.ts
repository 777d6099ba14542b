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
/** Each plan leaves a namespace behind; among very many of them everything takes longer than a new control plane does. */
const PLANS_PER_RIG = 500;
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
  const rig = await openRig();
  try {
    const learned = await new Battery(rig).learn(workloads, options.sample === undefined && !options.mutants ? 2 : 1);
    return options.mutants ? await huntMutants(rig, learned, { mutants, say }) : await check(rig, tasksOf(learned));
  } finally {
    await rig.destroy();
  }
}

async function openRig(): Promise<Rig> {
  const rig = await Rig.build();
  try {
    await rig.open(options.lanes);
    return rig;
  } catch (error) {
    await rig.destroy();
    throw error;
  }
}

/** Runs the plans, the first ones on the given rig, which is destroyed afterwards. */
async function check(first: Rig, tasks: readonly Task[]): Promise<number> {
  const names = [...new Set(tasks.map(({ learned }) => learned.workload.name))];
  say(`${tasks.length} plans of ${names.join(', ')}; seed ${options.seed}`);
  const judged: Judged[] = [];
  const problems: string[] = [];
  const onJudged = (one: Judged) => {
    judged.push(one);
    const failure = failureOf(one);
    if (failure !== undefined) say(failure);
    if (judged.length % PROGRESS_EVERY === 0) say(`${judged.length} of ${tasks.length}`);
    return true;
  };
  // A cluster that was given stays, with its namespaces.
  const together = Cluster.isGiven() ? tasks.length : PLANS_PER_RIG;
  for (let done = 0; done < tasks.length && problems.length === 0; done += together) {
    const rig = done === 0 ? first : await openRig();
    try {
      const battery = new Battery(rig);
      await battery.run(tasks.slice(done, done + together), onJudged);
      problems.push(...battery.problems);
    } finally {
      await rig.destroy();
    }
  }
  return conclude(judged, problems);
}

/** Tells what was found; returns the exit code. */
function conclude(judged: readonly Judged[], problems: readonly string[]): number {
  const found = outcomeOf(judged, options.plan);
  const failures = [...found.failures, ...problems];
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
