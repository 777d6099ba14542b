import { inject, injectable } from 'inversify';
import { AGENT_ACTIONS } from '../../../api/porter/v1/resources.js';
import { Reader } from '../../../runtime/cache/index.js';
import { Metrics } from '../../../runtime/telemetry/index.js';
import { parentOf } from '../../agent-run/agent-action.js';
import type { Action } from './launch-facts.js';

/** Kinds that ask for runs; what else an AgentAction may claim to be asked for by is no label of a metric. */
const PARENTS: readonly string[] = ['Installation', 'CredentialSet', 'ParameterSet', 'AgentConfig'];
/** An AgentAction that somebody wrote by hand. */
const OWN_KIND = 'AgentAction';
const KINDS: readonly string[] = [...PARENTS, OWN_KIND];
const RESULTS = ['Succeeded', 'Failed', 'NoOp', 'Unknown'] as const;

/** Seconds: a set takes some, a bundle that builds a cluster an hour. */
const BUCKETS = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];

/** Numbers of the runs: how many there are, how they ended and how long they took. */
@injectable()
export class RunMetrics {
  private readonly runs;
  private readonly duration;
  private readonly inFlight;
  /** Uids of actions whose end this process has decided on; it counts when it is seen to be written. */
  private readonly ending = new Set<string>();

  constructor(
    @inject(Metrics) metrics: Metrics,
    @inject(Reader) private readonly reader: Reader,
  ) {
    const kind = 'kind that asked for it, AgentAction if none did';
    this.runs = metrics.counter('porterops_runs_total', `Runs that have ended, by the ${kind}, and result`, [
      'kind',
      'result',
    ]);
    this.duration = metrics.histogram(
      'porterops_run_duration_seconds',
      `Time from the launch of a run to its end, by the ${kind}, and result`,
      ['kind', 'result'],
      BUCKETS,
    );
    this.inFlight = metrics.gauge(
      'porterops_runs_in_flight',
      `Runs launched and not ended, by the ${kind}; every replica shows all of them`,
      ['kind'],
    );
    // A series that begins with its first event looks to Prometheus as if nothing had happened.
    for (const one of KINDS) for (const result of RESULTS) this.runs.inc({ kind: one, result }, 0);
    metrics.onScrape(() => this.measure());
  }

  /** The end of this action's run is about to be written; may be said again when that fails. */
  ends({ metadata }: Action): void {
    this.ending.add(metadata.uid);
  }

  /** The status of this action tells of its end. Counted once, by the process that wrote it; what never ran is no run. */
  ended(action: Action): void {
    const { verdict, startedAt, finishedAt } = action.status ?? {};
    if (!this.ending.delete(action.metadata.uid)) return;
    if (verdict === undefined || startedAt === undefined || finishedAt === undefined) return;
    const labels = { kind: kindOf(action), result: verdict.result };
    this.runs.inc(labels);
    this.duration.observe(labels, Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  }

  private measure(): void {
    const actions = this.reader.list(AGENT_ACTIONS);
    const running = actions.filter(({ status }) => status?.startedAt !== undefined && status.verdict === undefined);
    const counts = new Map(KINDS.map((kind) => [kind, 0]));
    for (const action of running) counts.set(kindOf(action), (counts.get(kindOf(action)) ?? 0) + 1);
    for (const [kind, count] of counts) this.inFlight.set({ kind }, count);
    const uids = this.ending.size === 0 ? undefined : new Set(actions.map(({ metadata }) => metadata.uid));
    for (const uid of this.ending) if (uids?.has(uid) === false) this.ending.delete(uid);
  }
}

function kindOf(action: Action): string {
  const { kind = OWN_KIND } = parentOf(action) ?? {};
  return PARENTS.includes(kind) ? kind : OWN_KIND;
}
