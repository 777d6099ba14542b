import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOTALS_FOLDER, type Totals } from '../support/totals-reporter.js';
import type { Judged } from './battery.js';
import { KNOWN_VIOLATIONS, type KnownViolation } from './known-violations.js';

/** What a battery found; each plan counts as one test. */
export interface Outcome {
  readonly passed: number;
  /** A line each, with what was wrong and how to run it alone. */
  readonly failures: readonly string[];
  /** Plans whose fault never came, since the workload went another way this time. */
  readonly unreached: readonly string[];
}

/** Pure: of what is known to be wrong nothing is said, unless it is wrong no longer. */
export function outcomeOf(judged: readonly Judged[], known: readonly KnownViolation[] = KNOWN_VIOLATIONS): Outcome {
  const failures = judged.flatMap((one) => failureOf(one, known) ?? []);
  return {
    passed: judged.length - failures.length,
    failures,
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
  return [...told, `  alone: ${commandFor(one)}`].join('\n');
}

/** For the last line of `npm test`. */
export function leaveTotals({ passed, failures }: Outcome): void {
  const folder = process.env[TOTALS_FOLDER];
  const totals: Totals = { passed, failures: [...failures] };
  if (folder !== undefined) writeFileSync(join(folder, `chaos-${process.pid}.json`), JSON.stringify(totals));
}

function nameOf({ learned, plan }: Judged): string {
  return `${learned.workload.name} ${plan.id}`;
}

function commandFor({ learned, plan }: Judged): string {
  return `npm run chaos -- --workload ${learned.workload.name} --plan ${plan.id}`;
}
