import { parseArgs } from 'node:util';
import { endChildren } from '../support/children.js';
import { Cluster, clusterName } from '../support/cluster.js';
import { endWithClusters, runToEnd } from '../support/ending.js';
import { installAtOnce, type AtOnce } from './at-once.js';
import { AtRest } from './at-rest.js';
import { installOneByOne, type Latencies } from './one-by-one.js';
import {
  print,
  printAtOnce,
  printAtOnceHead,
  printIdle,
  printLatencies,
  printMachine,
  printRestart,
} from './report.js';
import { CLUSTER, type Contest } from './rig.js';

/**
 * `npm run bench`: the product against a bare floor operator on the same machine in the same run, and what it costs while
 * nothing happens. What counts are ratios and bounds; the figures themselves are this machine's.
 */
const USAGE = `usage: npm run bench -- [SCENARIO] [SIZE…]
  at-once     so many Installations are created at once, and at last deleted at once (the default: 100 1000)
  one-by-one  so many Installations, each when the last one is Ready (100)
  at-rest     so many Installations are as declared: a restart, five idle minutes, a restart beside foreign objects (10000)`;

const SCENARIOS: Readonly<Record<string, { run: (size: number) => Promise<void>; sizes: number[] }>> = {
  'at-once': { run: atOnce, sizes: [100, 1000] },
  'one-by-one': { run: oneByOne, sizes: [100] },
  'at-rest': { run: atRest, sizes: [10_000] },
};
const CONTESTS: readonly Contest[] = [
  { contender: 'floor', player: 'A' },
  { contender: 'product', player: 'A' },
  { contender: 'product', player: 'B' },
];
const IDLE_SECONDS = 300;
const FOREIGN_SECRETS = 20_000;
const FOREIGN_JOBS = 10_000;

const ending = endWithClusters(Cluster.isGiven() ? [] : [clusterName(CLUSTER)], endChildren);

async function main(): Promise<number> {
  const [first = 'at-once', ...rest] = parseArgs({ allowPositionals: true }).positionals;
  const isNamed = Object.hasOwn(SCENARIOS, first);
  const scenario = SCENARIOS[isNamed ? first : 'at-once'];
  const sizes = (isNamed || first === 'at-once' ? rest : [first, ...rest]).map(Number);
  if (scenario === undefined || sizes.some((size) => !Number.isInteger(size) || size < 1)) throw new Error(USAGE);
  printMachine();
  for (const size of sizes.length > 0 ? sizes : scenario.sizes) await scenario.run(size);
  return 0;
}

async function atOnce(size: number): Promise<void> {
  printAtOnceHead();
  let floor: AtOnce | undefined;
  for (const contest of CONTESTS) {
    const result = await installAtOnce(contest, size);
    if (contest.contender === 'floor') floor = result;
    printAtOnce(size, contest, result, floor);
  }
}

async function oneByOne(size: number): Promise<void> {
  let floor: Latencies | undefined;
  for (const contest of CONTESTS) {
    const result = await installOneByOne(contest, size);
    printLatencies(contest, result, floor);
    if (contest.contender === 'floor') floor = result;
  }
}

async function atRest(size: number): Promise<void> {
  const bench = await AtRest.with(size);
  try {
    print(`${size} Installations are Ready, each with its AgentAction and the records of one run.`);
    printRestart('', await bench.restart());
    printIdle(IDLE_SECONDS, await bench.idle(IDLE_SECONDS));
    await bench.addForeign(FOREIGN_SECRETS, FOREIGN_JOBS);
    printRestart(` beside ${FOREIGN_SECRETS} Secrets and ${FOREIGN_JOBS} Jobs of others`, await bench.restart());
  } finally {
    await bench.end();
  }
}

await runToEnd(ending, main);
