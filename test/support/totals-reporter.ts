import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

/** Environment variable: a folder in which every mocha process leaves its totals as JSON. */
export const TOTALS_FOLDER = 'TEST_TOTALS_FOLDER';

export interface Totals {
  passed: number;
  failed: number;
}

/** Mocha's `spec` (or `dot` for the many unit tests) that also leaves the totals for {@link TOTALS_FOLDER}. */
export class TotalsReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const folder = process.env[TOTALS_FOLDER];
    if (folder === undefined) return;
    runner.once('end', () => {
      const totals: Totals = { passed: this.stats.passes, failed: this.stats.failures };
      writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(totals));
    });
  }
}

// Mocha loads a reporter by `require`, which takes this name for the module itself.
export { TotalsReporter as 'module.exports' };
