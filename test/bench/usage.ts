import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Linux counts CPU time in these; the constant USER_HZ is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const QUIET_DEADLINE_MS = 3 * 60_000;
const QUIET_MS = 1500;

/** CPU seconds, user and system, that a process has used since its start. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The largest resident set of a process since its start, in MiB. */
export function peakMebibytes(pid: number): number {
  return mebibytes(pid, 'VmHWM');
}

/** The resident set of a process now, in MiB. */
export function residentMebibytes(pid: number): number {
  return mebibytes(pid, 'VmRSS');
}

function mebibytes(pid: number, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1024;
}

/** @param begun what performance.now() said then */
export function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000;
}

/** Waits until a count stays the same; what follows the last Ready (events, time limits of Jobs) belongs to the bill. */
export async function becomesQuiet(count: () => Promise<number>): Promise<boolean> {
  const end = performance.now() + QUIET_DEADLINE_MS;
  for (let last = -1; performance.now() < end;) {
    const now = await count();
    if (now === last) return true;
    last = now;
    await delay(QUIET_MS);
  }
  return false;
}
