import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { generate } from './generate.js';
import { staleFiles, writeFiles } from './generated-file.js';

/** Writes everything that follows from the API classes; with --check only says what is out of date. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { root: { type: 'string', default: process.cwd() }, check: { type: 'boolean', default: false } },
  });
  const sources = globSync('api/*/*/*.ts', { cwd: values.root, exclude: ['**/*.test.ts', 'api/foreign/**'] });
  const files = await generate({
    root: values.root,
    sources: [...sources.sort(), 'runtime/schema/status-condition.ts'],
  });
  if (values.check) report(staleFiles(values.root, files));
  else writeFiles(values.root, files);
}

function report(stale: readonly string[]): void {
  if (stale.length === 0) return;
  console.error(['out of date, run npm run generate:', ...stale].join('\n  '));
  process.exitCode = 1;
}

await main();
