import { Battery, type Judged, type Learned, type Task } from './battery.js';
import { MUTANTS, type Mutant } from './mutants.js';
import { MutantBuilder } from './mutation.js';
import { planNamed, sample } from './plans.js';
import type { Rig } from './rig.js';
import { HASTY } from './trial.js';

/** Of the plans of a workload, when a mutant does not say which would see it. */
const SAMPLE = 6;

/** How mutants are hunted. */
interface Hunt {
  /** Only mutants whose name contains this. */
  readonly name: string;
  seed(): number;
  say(text: string): void;
}

/**
 * Proves the battery: runs each mutant instead of the operator until a plan sees that something is wrong. What is right was learned
 * from the product itself. Returns the exit code: 1 when a mutant was not seen.
 */
export async function huntMutants(rig: Rig, learned: readonly Learned[], hunt: Hunt): Promise<number> {
  const lanes = rig.lanes.length;
  const falsely = await firstToSee(new Battery(rig, HASTY), controlFor(learned, hunt.seed()));
  if (falsely !== undefined) {
    hunt.say(`the product itself is taken for a mutant${toldOf(falsely)}`);
    return 1;
  }
  const builder = new MutantBuilder();
  let escaped = 0;
  try {
    for (const mutant of MUTANTS.filter(({ name }) => name.includes(hunt.name))) {
      const tasks = tasksFor(mutant, learned, hunt.seed());
      if (tasks.length === 0) continue;
      await rig.close();
      await rig.open(lanes, builder.build(mutant));
      const catcher = await firstToSee(new Battery(rig, HASTY), tasks);
      if (catcher === undefined) escaped += 1;
      hunt.say(`${catcher === undefined ? 'NOT SEEN' : 'seen    '} ${mutant.name}${toldOf(catcher)}`);
    }
  } finally {
    builder.remove();
  }
  hunt.say(escaped === 0 ? 'every mutant was seen' : `${escaped} mutants were not seen`);
  return escaped === 0 ? 0 : 1;
}

async function firstToSee(battery: Battery, tasks: readonly Task[]): Promise<Judged | undefined> {
  let catcher: Judged | undefined;
  await battery.run(tasks, (judged) => {
    if (judged.violations.length > 0) catcher ??= judged;
    return catcher === undefined;
  });
  return catcher;
}

/** What the product itself must pass when as little time is taken as for mutants. */
function controlFor(learned: readonly Learned[], seed: number): Task[] {
  return sample(
    learned.flatMap((one) => one.plans.map((plan) => ({ learned: one, plan }))),
    SAMPLE,
    seed,
  );
}

function tasksFor({ workloads, plans }: Mutant, learned: readonly Learned[], seed: number): Task[] {
  const mine = learned.filter(({ workload }) => workloads.includes(workload.name));
  return mine.flatMap((one) =>
    (plans?.map(planNamed) ?? sample(one.plans, SAMPLE, seed)).map((plan) => ({ learned: one, plan })),
  );
}

function toldOf(catcher: Judged | undefined): string {
  if (catcher === undefined) return '';
  const [violation] = catcher.violations;
  return ` — ${catcher.learned.workload.name} ${catcher.plan.id}: ${violation?.oracle}: ${violation?.told.slice(0, 120)}`;
}
