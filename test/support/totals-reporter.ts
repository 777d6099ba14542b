import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

/** Environment variable: a folder in which every mocha process leaves its totals as JSON. */
export const TOTALS_FOLDER = 'TEST_TOTALS_FOLDER';

export interface Totals {
  passed: number;
  /** Each with its whole title and the first lines of what was wrong. */
  failures: string[];
}

const TOLD_LINES = 12;

/** Mocha's `spec` (or `dot` for the many unit tests) that also leaves the totals for {@link TOTALS_FOLDER}. */
export class TotalsReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const folder = process.env[TOTALS_FOLDER];
    if (folder === undefined) return;
    const failures: string[] = [];
    runner.on('fail', (test, error: Error) => failures.push(`${test.fullTitle()}\n${told(error)}`));
    // In parallel mode mocha may end more than once: for each file whose process has crashed.
    runner.on('end', () => {
      const totals: Totals = { passed: this.stats.passes, failures };
      writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(totals));
    });
  }
}

function told({ message, stack }: Error): string {
  const lines = (stack ?? message).split('\n').slice(0, TOLD_LINES);
  return lines.map((line) => `    ${line}`).join('\n');
}

// Mocha loads a reporter by `require`, which takes this name for the module itself.
export { TotalsReporter as 'module.exports' };
