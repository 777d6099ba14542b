import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import type { History } from './history.js';
import type { Lane } from './lane.js';
import { leaks, sameEnd, type Evidence } from './oracles.js';
import { seesOlder, type Plan } from './plans.js';
import { RuleBook } from './rules.js';
import type { Stage, Workload } from './workloads.js';

/** So long without a write, in milliseconds, and a workload counts as over. */
const QUIET_MS = 1_500;
/** How long is waited at most, in milliseconds. */
export interface Patience {
  /** For each thing that a workload does: the longest backoffs of the operator are far shorter. */
  readonly actMs: number;
  /** Until everything is as it should be and quiet. */
  readonly settleMs: number;
  /** After that it is looked at once more; the lane is free meanwhile. */
  readonly lingerMs: number;
  /** For the garbage collector: that of a young control plane looks for new kinds every 30 s. */
  readonly collectionMs: number;
}

/** The operator looks again 10 s after a status that its second look has written, with what jitter there is (`ECHO_MS`). */
const BEYOND_ECHO_MS = 13_000;

export const PATIENT: Patience = { actMs: 60_000, settleMs: 30_000, lingerMs: BEYOND_ECHO_MS, collectionMs: 90_000 };
/** For those of whom it is expected that they fail. */
export const HASTY: Patience = { actMs: 30_000, settleMs: 4_000, lingerMs: 2_000, collectionMs: 4_000 };
/** For those whose fault shows itself late. */
export const LINGERING: Patience = { ...HASTY, lingerMs: BEYOND_ECHO_MS };
/** For whatever the rig itself does. */
const RIG_MS = 60_000;

/** What is known when a trial is over. */
export interface Verdictless {
  readonly evidence: Evidence;
  /** How many requests and events of each kind there were. */
  readonly met: ReadonlyMap<string, number>;
  /** What the operator said meanwhile. */
  readonly words: readonly string[];
  /** Whether every fault of the plan has happened, and an older view was shown where that is part of it. */
  readonly wasReached: boolean;
}

/** One workload under one plan in a namespace of its own. */
export class Trial {
  private readonly book: RuleBook;

  constructor(
    private readonly lane: Lane,
    private readonly workload: Workload,
    private readonly plan: Plan,
    private readonly against: { readonly reference?: Evidence; readonly patience: Patience },
  ) {
    this.book = new RuleBook(plan.rules);
  }

  /**
   * Resolves when the workload is at its end and quiet, so that the lane is free for the next one; the promise within resolves
   * a while later, when it is certain that nothing more comes.
   */
  async run(): Promise<{ over: Promise<Verdictless> }> {
    const { lane, workload, plan } = this;
    await lane.supervisor.settled();
    const enteredAt = performance.now();
    const namespace = await lane.newNamespace();
    const history = lane.rig.recorder.record(namespace);
    lane.gate.follow(namespace, new RuleBook([]));
    const stage = this.stage(namespace, history);
    let begun = performance.now();
    let quietAt = begun;
    const failure = await failureOf(async () => {
      await this.prepare(stage);
      begun = performance.now();
      lane.gate.follow(namespace, this.book);
      if (plan.remembersBeginning === true) await lane.gate.remember();
      await workload.act(stage);
      await this.settle(namespace, history);
      quietAt = performance.now();
      if (plan.restartsInTheEnd === true) await lane.supervisor.restart();
    });
    const known = {
      ...{ enteredAt, begun, quietAt: failure === undefined ? quietAt : performance.now(), failure },
      met: new Map(this.book.met),
      words: lane.supervisor.wordsAbout(namespace),
      wasReached: this.book.isExhausted && (!seesOlder(plan) || lane.gate.hasShownOlder),
    };
    const over = this.conclude(namespace, history, known);
    // Whoever waits for it may do so later; that it fails is no accident until then.
    over.catch(() => undefined);
    return { over };
  }

  private async prepare(stage: Stage): Promise<void> {
    if (this.workload.prepare === undefined) return;
    await this.workload.prepare(stage);
    await this.quiet(stage.namespace);
  }

  private async settle(namespace: string, history: History): Promise<void> {
    await this.quiet(namespace);
    const { reference, patience } = this.against;
    // What is different by now may still be repaired by a later look; if not, the oracles tell.
    const isDone = () => reference === undefined || sameEnd(history.end, reference.end);
    if (isDone()) return;
    await eventually('the end is the same', isDone, patience.settleMs).catch(() => undefined);
    await this.quiet(namespace);
  }

  private async quiet(namespace: string): Promise<void> {
    const { gate, supervisor } = this.lane;
    await eventually('no fault is under way', () => gate.isUpToDate, RIG_MS);
    await supervisor.settled();
    await eventually('the operator sees what there is', () => gate.isUpToDate, RIG_MS);
    const begun = performance.now();
    const isQuiet = () => performance.now() - Math.max(begun, gate.journal.lastWrite(namespace)) > QUIET_MS;
    await eventually('nothing is written any more', isQuiet, this.against.patience.settleMs);
  }

  private async conclude(
    namespace: string,
    history: History,
    known: {
      enteredAt: number;
      begun: number;
      quietAt: number;
      words: string[];
      failure?: string | undefined;
      met: ReadonlyMap<string, number>;
      wasReached: boolean;
    },
  ): Promise<Verdictless> {
    const { lane } = this;
    const { lingerMs, collectionMs } = this.against.patience;
    await delay(lingerMs);
    await eventually('nothing is left behind', () => leaks(history.end).length === 0, collectionMs).catch(
      () => undefined,
    );
    const { enteredAt, begun, quietAt, failure, met, words, wasReached } = known;
    const journal = lane.gate.journal.of(namespace).filter(({ at }) => at >= begun);
    const openings = lane.gate.journal.ofAll(begun, quietAt);
    const { end, everSeen } = history;
    const changes = [...history.changes];
    const runs = await this.runs(namespace);
    const evidence = {
      changes,
      end,
      everSeen,
      journal,
      openings,
      runs,
      quietAt,
      misdeeds: lane.supervisor.misdeedsSince(enteredAt),
      ...(failure !== undefined && { failure }),
    };
    await lane.clear(namespace, end);
    return { evidence, met, words, wasReached };
  }

  /** What agents were told to do, and what Porter recorded of it. */
  private async runs(namespace: string): Promise<string[]> {
    const { player, records } = this.lane.rig;
    const told = player.agentPods(namespace).map(({ spec }) => {
      const agent = spec?.containers.find(({ name }) => name === 'porter-agent');
      return `agent: ${agent?.args?.join(' ')}`;
    });
    const recorded = await records.tenant(namespace).collection('runs').find({}).toArray();
    return [...told, ...recorded.map((run) => `${run['action']} ${run['installation']}`)].sort();
  }

  private stage(namespace: string, history: History): Stage {
    const { rig, supervisor } = this.lane;
    return {
      ...{ api: rig.api, namespace },
      ...{ written: new Map<string, number>(), patienceMs: this.against.patience.actMs },
      find: (kind, name) => history.find(kind, name),
      script: (play) => rig.player.script(namespace, [play]),
      hold: () => rig.player.hold(namespace),
      restartOperator: () => supervisor.restart(),
    };
  }
}

async function failureOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
