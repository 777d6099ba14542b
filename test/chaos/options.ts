import { Command, InvalidArgumentError } from 'commander';
import { MUTANTS } from './mutants.js';
import { FAULT_NAMES, planNamed } from './plans.js';
import { WORKLOADS } from './workloads.js';

/** What the battery is asked to do. */
export interface ChaosOptions {
  readonly workload: readonly string[];
  /** Plans by their ids; without them, all. */
  readonly plan?: readonly string[];
  /** So many plans by chance. */
  readonly sample?: number;
  readonly seed: number;
  /** Operators at work at once. */
  readonly lanes: number;
  readonly mutants: boolean;
  /** Only mutants whose name contains this. */
  readonly mutant?: string;
}

const WORKLOAD_NAMES = WORKLOADS.map(({ name }) => name);

const EXPLANATION = `
Workloads: ${WORKLOAD_NAMES.join(', ')}

Plans are called VERB/RESOURCE/N/FAULT: the fault comes at the N-th request of that kind, or at the N-th event if VERB is "event".
  VERB      get, list, watch, create, update, patch, delete, deletecollection, event
  RESOURCE  plural of a kind, with its subresource: jobs, installations/status
  FAULT     ${FAULT_NAMES.join(', ')}
and restart-in-the-end: no fault, but one more start when all is quiet. docs/faults.md says what each fault is.

Examples:
  npm run chaos -- --workload upgrade
  npm run chaos -- --workload upgrade --plan create/jobs/1/cut-after --lanes 1
  npm run chaos -- --sample 20 --seed 7
  npm run chaos -- --mutants --mutant "names what it creates"

"npm run chaos:run -- …" does the same with what was built last. The exit code is 0 when nothing is wrong, 1 when something is, and 2
when it is not understood what is wanted.
`;

/** Reads the arguments. Throws a CommanderError when --help was answered, or when something was refused, which has been said then. */
export function chaosOptions(argv: readonly string[], program = new Command()): ChaosOptions {
  const collect =
    (check: (value: string) => unknown) =>
    (value: string, before: readonly string[] = []) => {
      check(value);
      return [...before, value];
    };
  program
    .name('npm run chaos --')
    .description('What the operator does under faults, compared with what it does without: docs/faults.md.')
    .option('--workload <name>', 'only this one; may be repeated', collect(knownWorkload))
    .option('--plan <id>', 'only this one; may be repeated', collect(knownPlan))
    .option('--sample <count>', 'so many plans by chance', countOf)
    .option('--seed <number>', 'the same seed makes the same choice, in the same order', numberOf, 1)
    .option('--lanes <count>', 'operators at work at once', countOf, 12)
    .option('--mutants', 'proves the battery: runs operators with a defect each, which it must see', false)
    .option('--mutant <text>', 'the same with those only whose name contains this', knownMutant)
    .addHelpText('after', EXPLANATION)
    .allowExcessArguments(false)
    .exitOverride()
    .parse([...argv], { from: 'user' });
  const given = program.opts<Partial<ChaosOptions> & Pick<ChaosOptions, 'seed' | 'lanes' | 'mutants'>>();
  return { ...given, workload: given.workload ?? WORKLOAD_NAMES, mutants: given.mutants || given.mutant !== undefined };
}

function knownWorkload(name: string): void {
  if (!WORKLOAD_NAMES.includes(name)) throw new InvalidArgumentError(`There are: ${WORKLOAD_NAMES.join(', ')}.`);
}

function knownPlan(id: string): void {
  try {
    planNamed(id);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function knownMutant(text: string): string {
  if (MUTANTS.some(({ name }) => name.includes(text))) return text;
  throw new InvalidArgumentError(`There are:\n${MUTANTS.map(({ name }) => `  ${name}`).join('\n')}`);
}

function countOf(text: string): number {
  const count = numberOf(text);
  if (count === 0) throw new InvalidArgumentError('At least 1.');
  return count;
}

function numberOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number, not below 0.');
  return Number(text);
}
