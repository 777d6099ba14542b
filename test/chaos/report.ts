import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOTALS_FOLDER, type Totals } from '../support/totals-reporter.js';
import { fileOf, type Judged } from './battery.js';
import { KNOWN_VIOLATIONS, type KnownViolation } from './known-violations.js';

/** What a battery found; each plan whose fault came counts as one test. */
export interface Outcome {
  readonly passed: number;
  /** A line each, with what was wrong and how to run it alone. */
  readonly failures: readonly string[];
  /** How many of these, the first, are told of single plans. */
  readonly wrong: number;
  /** Plans whose fault never came, since the workload went another way this time. */
  readonly unreached: readonly string[];
}

/**
 * Pure: of what is known to be wrong nothing is said, unless it is wrong no longer. A plan whose fault never came proves nothing, and
 * one that was asked for by name, or all of them, must not do so.
 */
export function outcomeOf(
  judged: readonly Judged[],
  named: readonly string[] = [],
  known: readonly KnownViolation[] = KNOWN_VIOLATIONS,
): Outcome {
  const wrong = judged.filter((one) => failureOf(one, known) !== undefined);
  const reached = judged.filter(({ wasReached }) => wasReached);
  const inVain = named.filter((id) => !reached.some(({ plan }) => plan.id === id));
  return {
    passed: reached.filter((one) => !wrong.includes(one)).length,
    failures: [
      ...wrong.map((one) => failureOf(one, known) ?? ''),
      ...inVain.map((id) => `${id}: its fault came in no workload`),
      ...(reached.length === 0 && inVain.length === 0 ? ['no fault of any plan came'] : []),
    ],
    wrong: wrong.length,
    unreached: judged.filter(({ wasReached }) => !wasReached).map(nameOf),
  };
}

/** Pure: what is to be told of one plan, if anything. */
export function failureOf(one: Judged, known: readonly KnownViolation[] = KNOWN_VIOLATIONS): string | undefined {
  const isKnown = known.some(({ workload, plan }) => workload === one.learned.workload.name && plan === one.plan.id);
  const { violations } = one;
  if (isKnown && violations.length === 0 && one.wasReached)
    return `${nameOf(one)}: is known to violate something, and no longer does: take it off the list`;
  if (isKnown || violations.length === 0) return undefined;
  const told = violations.map((violation) => `${nameOf(one)}: ${violation.oracle}: ${violation.told}`);
  return [...told, `  known of it: ${fileOf(one.learned.workload, one.plan)}`, `  alone: ${commandFor(one)}`].join(
    '\n',
  );
}

/** For the last line of `npm test`. */
export function leaveTotals({ passed, failures }: Pick<Outcome, 'passed' | 'failures'>): void {
  const folder = process.env[TOTALS_FOLDER];
  const totals: Totals = { passed, failures: [...failures] };
  if (folder !== undefined) writeFileSync(join(folder, `chaos-${process.pid}.json`), JSON.stringify(totals));
}

function nameOf({ learned, plan }: Judged): string {
  return `${learned.workload.name} ${plan.id}`;
}

function commandFor({ learned, plan }: Judged): string {
  return `npm run chaos:run -- --workload ${learned.workload.name} --plan ${plan.id}`;
}
