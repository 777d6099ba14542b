import { Battery, type Judged, type Learned, type Task } from './battery.js';
import type { Mutant } from './mutants.js';
import { MutantBuilder } from './mutation.js';
import { planNamed } from './plans.js';
import type { Rig } from './rig.js';
import { HASTY, LINGERING } from './trial.js';

/** How mutants are hunted. */
interface Hunt {
  readonly mutants: readonly Mutant[];
  readonly say: (text: string) => void;
}

/**
 * Proves the battery: runs each mutant instead of the operator until a plan sees that something is wrong. What is right was learned
 * from the product itself, which must also pass the same plans in as little time: what it does not pass, no mutant is seen by.
 * Returns the exit code: 1 when a mutant was not seen.
 */
export async function huntMutants(rig: Rig, learned: readonly Learned[], { mutants, say }: Hunt): Promise<number> {
  const lanes = rig.lanes.length;
  const battery = new Battery(rig, LINGERING);
  const control = await firstToSee(battery, controlFor(mutants, learned));
  if (control !== undefined) {
    say(`the product itself is taken for a mutant${toldOf(control)}`);
    return 1;
  }
  const builder = new MutantBuilder();
  let escaped = 0;
  try {
    for (const mutant of mutants) {
      await rig.close();
      await rig.open(lanes, builder.build(mutant));
      const hasty = mutant.lingers === true ? battery : new Battery(rig, HASTY);
      const catcher = await firstToSee(hasty, tasksFor(mutant, learned), mutant.oracle);
      if (catcher === undefined) escaped += 1;
      say(`${catcher === undefined ? 'NOT SEEN' : 'seen    '} ${mutant.name}${toldOf(catcher, mutant.oracle)}`);
    }
  } finally {
    builder.remove();
  }
  say(
    escaped === 0 ? `all ${mutants.length} mutants were seen` : `${escaped} of ${mutants.length} mutants were not seen`,
  );
  for (const problem of battery.problems) say(problem);
  return escaped === 0 && battery.problems.length === 0 ? 0 : 1;
}

/** The first plan with a violation, of this oracle if one is named. */
async function firstToSee(battery: Battery, tasks: readonly Task[], oracle?: string): Promise<Judged | undefined> {
  let catcher: Judged | undefined;
  await battery.run(tasks, (judged) => {
    if (judged.violations.some((violation) => violation.oracle === (oracle ?? violation.oracle))) catcher ??= judged;
    return catcher === undefined;
  });
  return catcher;
}

/** Every plan that is to see a mutant, once. */
function controlFor(mutants: readonly Mutant[], learned: readonly Learned[]): Task[] {
  const tasks = mutants.flatMap((mutant) => tasksFor(mutant, learned));
  return [...new Map(tasks.map((task) => [`${task.learned.workload.name} ${task.plan.id}`, task])).values()];
}

function tasksFor({ workloads, plans }: Mutant, learned: readonly Learned[]): Task[] {
  const mine = learned.filter(({ workload }) => workloads.includes(workload.name));
  return mine.flatMap((one) => plans.map((id) => ({ learned: one, plan: planNamed(id) })));
}

function toldOf(catcher: Judged | undefined, oracle?: string): string {
  if (catcher === undefined) return '';
  const violation = catcher.violations.find((one) => one.oracle === (oracle ?? one.oracle));
  return ` — ${catcher.learned.workload.name} ${catcher.plan.id}: ${violation?.oracle}: ${violation?.told.slice(0, 120)}`;
}
