import { cpus, loadavg } from 'node:os';
import type { AtOnce, Usage } from './at-once.js';
import type { Idle, Restart } from './at-rest.js';
import type { Latencies } from './one-by-one.js';
import type { Contest } from './rig.js';

/** What every report begins with: the figures mean nothing without the machine. */
export function printMachine(): void {
  print(`${cpus().length} CPUs (${cpus()[0]?.model}), load ${loadavg()[0]?.toFixed(1)} at the start. Pods are played.`);
}

export function printAtOnceHead(): void {
  print('Player A ends Pods; player B also writes the records of each run through the state store.');
  print('');
  print(row(['Installations', 'contender', 'time', 'requests each', 'operator CPU', 'peak RSS']));
}

export function printAtOnce(size: number, contest: Contest, result: AtOnce, floor: AtOnce | undefined): void {
  const { seconds, operator, stateStore, deletion, isComplete } = result;
  print(row([String(size), titleOf(contest), `${seconds.toFixed(1)} s`, ...usageCells(operator)]));
  if (stateStore !== undefined)
    print(row(['', '  its state store (requests on its records)', '', ...usageCells(stateStore)]));
  if (!isComplete)
    print('  it had not become quiet minutes after the last Ready: some of its requests are not counted');
  if (deletion !== undefined) {
    const cells = [`${deletion.seconds.toFixed(1)} s`, deletion.requestsEach.toFixed(1)];
    print(row(['', `  deleted at once, objects left: ${deletion.left}`, ...cells]));
  }
  if (contest.contender === 'floor' || floor === undefined) return;
  const ratios = [
    seconds / floor.seconds,
    operator.requestsEach / floor.operator.requestsEach,
    operator.cpuSeconds / floor.operator.cpuSeconds,
    operator.peakMebibytes / floor.operator.peakMebibytes,
  ];
  print(row(['', '  ÷ floor', ...ratios.map((ratio) => `${ratio.toFixed(2)} ×`)]));
}

export function printLatencies(contest: Contest, { toJob, toReady }: Latencies, floor: Latencies | undefined): void {
  const told = (what: string, values: readonly number[], compared: readonly number[] | undefined) => {
    const [p50, p99] = [quantile(values, 0.5), quantile(values, 0.99)];
    const ratio = (share: number) =>
      compared === undefined ? '' : ` (${(quantile(values, share) / quantile(compared, share)).toFixed(2)} × floor)`;
    return `${what} p50 ${p50.toFixed(0)} ms${ratio(0.5)}, p99 ${p99.toFixed(0)} ms${ratio(0.99)}`;
  };
  const texts = [told('to the Job', toJob, floor?.toJob), told('to Ready', toReady, floor?.toReady)];
  print(`${titleOf(contest)}: ${toJob.length} Installations one by one: ${texts.join('; ')}`);
}

export function printRestart(beside: string, restart: Restart): void {
  const { readySeconds, listSeconds, settledSeconds, writes, cpuSeconds, mebibytes, peakMebibytes } = restart;
  const lists = `reading the same lists takes ${listSeconds.toFixed(1)} s`;
  print(
    `restart${beside}: ready after ${readySeconds.toFixed(1)} s (${lists}), at rest after ${settledSeconds.toFixed(1)} s,`,
  );
  print(
    `  ${writes} writes, ${cpuSeconds.toFixed(1)} s CPU, ${mib(mebibytes)} soon after, ${mib(peakMebibytes)} at most`,
  );
}

export function printIdle(seconds: number, { writes, cpu, mebibytes, storeMebibytes }: Idle): void {
  const share = `${(cpu * 100).toFixed(2)} % of a core`;
  print(`idle for ${seconds} s: ${writes} writes, ${share}, ${mib(mebibytes)}; its state store ${mib(storeMebibytes)}`);
}

/** The value that so great a share of the values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function titleOf({ contender, player }: Contest): string {
  return `${contender} (${player})`;
}

function usageCells({ requestsEach, cpuSeconds, peakMebibytes }: Usage): string[] {
  return [requestsEach.toFixed(1), `${cpuSeconds.toFixed(1)} s`, mib(peakMebibytes)];
}

function mib(mebibytes: number): string {
  return `${mebibytes.toFixed(0)} MiB`;
}

function row(cells: string[]): string {
  const widths = [13, 43, 10, 13, 12, 10];
  return cells.map((cell, index) => (index === 1 ? cell.padEnd(43) : cell.padStart(widths[index] ?? 10))).join('  ');
}
