import { join } from 'node:path';
import { markdownFile } from './generated-file.js';
import type { GeneratedFile } from './generated-file.js';
import { loadModule } from './programs.js';
import { cell } from './reference.js';

/** A row of the table, as `cmd/state-store` has it; programs do not import one another. */
interface Row {
  readonly kind: string;
  readonly name: string;
  readonly asks: unknown;
  readonly gets: unknown;
  readonly note?: string;
}

interface Table {
  readonly THINGS: readonly object[];
  readonly ROWS: readonly Row[];
  readonly REFUSALS: readonly { readonly what: string; readonly asks: object; readonly code: number }[];
}

const TITLES: Readonly<Record<string, string>> = {
  command: 'Commands',
  query: 'Query operators',
  pipeline: 'Stages of a pipeline',
  accumulator: 'Accumulators of `$group`',
  expression: 'Expressions',
};

/** The page that says what of MongoDB the state store speaks. */
export async function stateStorePage(build: string): Promise<GeneratedFile> {
  const table = await loadModule(join(build, 'cmd/state-store/conformance/table.js'));
  const { THINGS, ROWS, REFUSALS } = table as unknown as Table;
  return markdownFile('docs/reference/state-store.md', [
    '# What the state store speaks',
    '',
    "The part of MongoDB's protocol that Porter and its drivers use, by TLS with SCRAM-SHA-256, as a `mongos` of MongoDB 7.0. Each row is a question that a test asks; the answers",
    'are about a collection `things` with these documents:',
    '',
    '```json',
    ...THINGS.map((thing) => JSON.stringify(thing)),
    '```',
    ...Object.entries(TITLES).flatMap(([kind, title]) => [
      ...['', `## ${title}`, '', '| | asked | answered | |', '|---|---|---|---|'],
      ...ROWS.filter((row) => row.kind === kind).map(
        ({ name, asks, gets, note = '' }) => `| \`${name}\` | ${code(asks)} | ${code(gets)} | ${cell(note)} |`,
      ),
    ]),
    ...['', '## What is refused', '', "All else is refused, with MongoDB's own number for it.", ''],
    ...['| | asked | error |', '|---|---|---|'],
    ...REFUSALS.map(({ what, asks, code: number }) => `| ${cell(what)} | ${code(asks)} | ${number} |`),
  ]);
}

/** JSON in a cell; a vertical line would end the cell even there. */
function code(value: unknown): string {
  return `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``;
}
