import { spawn, spawnSync } from 'node:child_process';
import { endsWithUs } from './children.js';

/** What an endpoint showed at a moment, seconds since 1970; `labels` are those that Prometheus adds to each series. */
export interface Scrape {
  readonly at: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly text: string;
}

/** See hack/controlplane/promql. */
export interface Question {
  readonly scrapes: readonly Scrape[];
  readonly at: number;
  readonly expressions: readonly string[];
  /** A file of rules to be checked, YAML or JSON. */
  readonly rules?: string;
}

export interface Reply {
  readonly ruleProblems: readonly string[];
  /** One for each expression. */
  readonly answers: readonly {
    readonly expression: string;
    readonly problem?: string;
    readonly series: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
  }[];
}

const PROGRAM = 'hack/promql';
/** Building it for the first time takes minutes. */
export const BUILD_DEADLINE_MS = 25 * 60_000;

/** Makes Prometheus' query engine available; false where it has not been built and there is no Go to do it. */
export async function providePromQl(): Promise<boolean> {
  try {
    await run(['--build'], '');
    return true;
  } catch (error) {
    if (spawnSync('go', ['version']).error === undefined) throw error;
    return false;
  }
}

/** Evaluates expressions with Prometheus' query engine. */
export async function askPromQl(question: Question): Promise<Reply> {
  return JSON.parse(await run([], JSON.stringify(question))) as Reply;
}

async function run(args: readonly string[], input: string): Promise<string> {
  const stdio = ['pipe', 'pipe', 'inherit'] as const;
  const child = endsWithUs(spawn(PROGRAM, args, { stdio: [...stdio], timeout: BUILD_DEADLINE_MS }));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code !== 0) throw new Error(`${PROGRAM} ended with exit code ${code}`);
  return output;
}
