import { mkdirSync, writeFileSync } from 'node:fs';
import type { Lane } from './lane.js';
import { violationsOf, type Evidence, type Violation } from './oracles.js';
import { plansFor, type Plan } from './plans.js';
import type { Rig } from './rig.js';
import { PATIENT, Trial, type Verdictless } from './trial.js';
import type { Workload } from './workloads.js';

/** What a workload is and does when it is left in peace. */
export interface Learned {
  readonly workload: Workload;
  readonly reference: Evidence;
  readonly plans: readonly Plan[];
}

/** One plan of one workload. */
export interface Task {
  readonly learned: Learned;
  readonly plan: Plan;
}

export interface Judged extends Task {
  readonly violations: readonly Violation[];
  readonly wasReached: boolean;
}

/** Where what is known of failed plans is written; no build removes it. */
const FAILURES = 'chaos-failures';
const PEACE: Plan = { id: 'peace', rules: [] };

/** Runs workloads and plans on the lanes of a rig. */
export class Battery {
  constructor(
    private readonly rig: Rig,
    private readonly patience = PATIENT,
  ) {}

  /** Each workload as often without faults: what differs then is no fault's doing. */
  async learn(workloads: readonly Workload[], times: number): Promise<Learned[]> {
    const runs = new Map<Workload, Promise<Verdictless>[]>(workloads.map((workload) => [workload, []]));
    const all = Array.from({ length: times }, () => workloads).flat();
    await this.onLanes(all, async (workload, lane) => {
      const { over } = await new Trial(lane, workload, PEACE, { patience: this.patience }).run();
      runs.get(workload)?.push(over);
    });
    return Promise.all(
      workloads.map(async (workload) => learnedFrom(workload, await Promise.all(runs.get(workload) ?? []))),
    );
  }

  /** Runs the tasks and calls `onJudged` for each when it is known how it went; ends early when that returns false. */
  async run(tasks: readonly Task[], onJudged: (judged: Judged) => boolean): Promise<void> {
    const pending = new Set<Promise<unknown>>();
    let goesOn = true;
    const tell = (judged: Judged) => {
      goesOn = onJudged(judged) && goesOn;
    };
    await this.onLanes(tasks, async (task, lane) => {
      if (!goesOn) return;
      const { workload, reference } = task.learned;
      const trial = new Trial(lane, workload, task.plan, { reference, patience: this.patience });
      const begun = await trial.run().catch((error: unknown) => ({ over: Promise.reject(asError(error)) }));
      const judging = begun.over
        .then((known) => this.judge(task, known))
        .catch((error: unknown) => broken(task, error))
        .then(tell)
        .finally(() => pending.delete(judging));
      pending.add(judging);
    });
    await Promise.all(pending);
  }

  /** Failures of what plays the Pods: with any of them nothing is proven. */
  get problems(): string[] {
    return this.rig.player.problems.map((problem) => `the player of Pods failed: ${asError(problem).message}`);
  }

  private judge(task: Task, { evidence, words, wasReached }: Verdictless): Judged {
    const violations = violationsOf(evidence, task.learned.reference);
    if (violations.length > 0)
      keep({ workload: task.learned.workload, plan: task.plan }, { ...evidence, words }, violations);
    return { ...task, violations, wasReached };
  }

  /** Each lane takes the next item when it is free. */
  private async onLanes<T>(items: readonly T[], work: (item: T, lane: Lane) => Promise<void>): Promise<void> {
    const left = [...items];
    await Promise.all(
      this.rig.lanes.map(async (lane) => {
        for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item, lane);
      }),
    );
  }
}

/** A plan of which nothing can be said, since the battery itself failed. */
function broken(task: Task, error: unknown): Judged {
  return {
    ...task,
    violations: [{ oracle: 'the battery works', told: String(asError(error).stack) }],
    wasReached: true,
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function learnedFrom(workload: Workload, runs: readonly Verdictless[]): Learned {
  const [first] = runs;
  if (first === undefined) throw new Error(`${workload.name} has not been run`);
  const counts = new Map<string, number>();
  for (const { evidence, met } of runs) {
    const violations = violationsOf(evidence, first.evidence);
    if (violations.length > 0) throw new UnstableError(workload, evidence, violations);
    for (const [kind, count] of met) counts.set(kind, Math.max(count, counts.get(kind) ?? 0));
  }
  return { workload, reference: first.evidence, plans: plansFor(counts) };
}

/** A workload that is not the same twice, or wrong even in peace, proves nothing. */
class UnstableError extends Error {
  constructor(workload: Workload, evidence: Evidence, violations: readonly Violation[]) {
    keep({ workload, plan: PEACE }, evidence, violations);
    const told = violations.map((violation) => `  ${violation.oracle}: ${violation.told}`);
    super(`${workload.name} without any fault is not as it should be\n${told.join('\n')}`);
  }
}

/** Where what is known of a failed plan is written. */
export function fileOf(workload: Workload, plan: Plan): string {
  return `${FAILURES}/${workload.name}--${plan.id.replaceAll('/', '-')}.json`;
}

function keep(
  { workload, plan }: { workload: Workload; plan: Plan },
  evidence: Evidence & { words?: readonly string[] },
  violations: readonly Violation[],
): void {
  mkdirSync(FAILURES, { recursive: true });
  writeFileSync(fileOf(workload, plan), JSON.stringify({ plan, violations, ...evidence }, undefined, 1));
}
