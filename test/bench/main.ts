import { cpus, loadavg } from 'node:os';
import { endChildren } from '../support/children.js';
import { Cluster, clusterName } from '../support/cluster.js';
import { endWithClusters } from '../support/ending.js';
import { CLUSTER, measure, type Contest, type Measurement, type Usage } from './measurement.js';

/**
 * `npm run bench [-- SIZE…]`: the product against a bare floor operator on the same machine in the same run. What counts are
 * the ratios; the figures themselves are this machine's.
 */
const sizes = process.argv.slice(2).map(Number);
if (sizes.some((size) => !Number.isInteger(size) || size < 1)) throw new Error('usage: npm run bench -- [SIZE…]');

const contestsOf = (installations: number): Contest[] => [
  { contender: 'floor', player: 'A', installations },
  { contender: 'product', player: 'A', installations },
  { contender: 'product', player: 'B', installations },
];

const ending = endWithClusters(Cluster.isGiven() ? [] : [clusterName(CLUSTER)], endChildren);

print(`${cpus().length} CPUs (${cpus()[0]?.model}), load ${loadavg()[0]?.toFixed(1)} at the start. Pods are played.`);
print('Player A ends Pods; player B also writes the records of each run through the state store.');
print('');
print(row(['Installations', 'contender', 'time', 'requests each', 'operator CPU', 'peak RSS']));
for (const size of sizes.length > 0 ? sizes : [100, 1000]) {
  let floor: Measurement | undefined;
  for (const contest of contestsOf(size)) {
    const measurement = await measureUnlessEnding(contest);
    if (contest.contender === 'floor') floor = measurement;
    report(measurement, floor);
  }
}

/** What fails because somebody ends the bench is not reported; the process is about to end. */
async function measureUnlessEnding(contest: Contest): Promise<Measurement> {
  try {
    return await measure(contest);
  } catch (error) {
    if (ending.aborted) await new Promise(() => undefined);
    throw error;
  }
}

function report(measurement: Measurement, floor: Measurement | undefined): void {
  const { contender, player, installations, seconds, operator, stateStore, isComplete } = measurement;
  const name = contender === 'floor' ? 'floor (A)' : `product (${player})`;
  print(row([String(installations), name, `${seconds.toFixed(1)} s`, ...usageCells(operator)]));
  if (stateStore !== undefined)
    print(row(['', '  its state store (requests on its records)', '', ...usageCells(stateStore)]));
  if (!isComplete)
    print('  it had not become quiet minutes after the last Ready: some of its requests are not counted');
  if (contender === 'floor' || floor === undefined) return;
  const ratios = [
    seconds / floor.seconds,
    operator.requestsEach / floor.operator.requestsEach,
    operator.cpuSeconds / floor.operator.cpuSeconds,
    operator.peakMebibytes / floor.operator.peakMebibytes,
  ];
  print(row(['', '  ÷ floor', ...ratios.map((ratio) => `${ratio.toFixed(2)} ×`)]));
}

function usageCells({ requestsEach, cpuSeconds, peakMebibytes }: Usage): string[] {
  return [requestsEach.toFixed(1), `${cpuSeconds.toFixed(1)} s`, `${peakMebibytes.toFixed(0)} MiB`];
}

function row(cells: string[]): string {
  const widths = [13, 43, 10, 13, 12, 10];
  return cells.map((cell, index) => (index === 1 ? cell.padEnd(43) : cell.padStart(widths[index] ?? 10))).join('  ');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
