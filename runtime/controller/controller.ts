import { randomUUID } from 'node:crypto';
import type { Change, Informers, OwnWrites } from '../cache/index.js';
import type { KubernetesJson, ObjectKey, Resource, Stored } from '../client/index.js';
import { ApiError, keyOf, keyText, parseKey, resourceName, withSignal } from '../client/index.js';
import type { Random, Scheduler } from '../clock/index.js';
import { WorkQueue } from '../queue/index.js';
import type { Outcome } from '../reconciler/outcome.js';
import { retry } from '../reconciler/outcome.js';
import type { PassContext } from '../reconciler/pass.js';
import { isPassing } from '../reconciler/passing-failure.js';
import type { Logger, Metrics, Tracing } from '../telemetry/index.js';
import { ControllerMetrics } from './controller-metrics.js';
import type { Reconciled } from './reconciles.js';
import { isStatusOnly } from './status-only.js';
import type { WatchBuilder } from './watch-builder.js';
import { WatchPlan } from './watch-plan.js';

/** What a controller runs: one kind's logic, called for one key at a time. */
export interface Reconciling {
  watch(on: WatchBuilder): void;
  /** What goes wrong is an outcome; what is thrown nevertheless counts as one to be tried again. */
  reconcile(key: ObjectKey, pass: PassContext): Promise<Outcome>;
}

/** What a controller works with. */
export interface ControllerDeps {
  readonly informers: Informers;
  readonly ownWrites: OwnWrites;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly log: Logger;
}

/** Passes wait for the API server most of the time; more than this only moves the queue there. */
export const CONCURRENCY = 8;
/** Four calls at their own deadline. */
const TIMEOUT_MS = 60_000;
/** A watch event follows a write by a few milliseconds. */
const CATCH_UP_MS = 20;
/**
 * A status that we wrote ourselves is looked at again at once when the pass was at an end: there may be something to
 * clear up. After `wait`, and when that second look wrote a status again, it can wait so long; this bounds what a status
 * that differs with every pass could do.
 */
const ECHO_MS = 10_000;
/** Spread of rechecks to both sides. */
const RECHECK_JITTER = 0.1;

/** Queue and workers of one kind: a key is worked on by one worker at a time, and only when the cache is not behind. */
export class Controller {
  readonly name: string;
  private readonly queue: WorkQueue;
  private plan: WatchPlan | undefined;
  private readonly metrics: ControllerMetrics;
  private readonly passes = new Map<string, AbortController>();
  /** Status changes that came while the key was worked on: ours or not is known when the pass has ended. */
  private readonly undecided = new Map<string, Stored<KubernetesJson>>();
  /** Keys that wait in the queue only because of our own status. */
  private readonly echoes = new Set<string>();
  /** What was last told of keys that are stalled. */
  private readonly stalledBy = new Map<string, string>();
  /** Keys whose own status calls for no pass at once. */
  private readonly calm = new Set<string>();

  constructor(
    private readonly reconciler: Reconciling,
    private readonly kind: Reconciled,
    private readonly deps: ControllerDeps,
  ) {
    this.name = kind.resource.kind.toLowerCase();
    this.metrics = new ControllerMetrics(deps.metrics, this.name);
    this.queue = new WorkQueue({ scheduler: deps.scheduler, random: deps.random, observer: this.metrics });
  }

  /** What it reconciles. */
  get resource(): Resource {
    return this.kind.resource;
  }

  /** Whether it asked for events of that resource. */
  watches(resource: Resource): boolean {
    return this.plan?.watched.has(resourceName(resource)) ?? false;
  }

  /** Before any informer runs. */
  watch(): void {
    const { informers, ownWrites } = this.deps;
    ownWrites.track(this.kind.resource);
    informers.watch(this.kind.resource).onChange((change) => this.changed(change));
    const enqueue = (key: ObjectKey, priority: 'live' | 'initial') => this.queue.add(keyText(key), priority);
    const log = this.deps.log.child({ controller: this.name });
    this.plan = new WatchPlan(this.kind.resource, informers, enqueue, log);
    this.reconciler.watch(this.plan);
  }

  /** Works until `stop`; the caches must be filled. */
  async run(defaultConcurrency = CONCURRENCY): Promise<void> {
    const workers = this.kind.concurrency ?? defaultConcurrency;
    this.metrics.workers(workers);
    this.queue.begin();
    await Promise.all(Array.from({ length: workers }, () => this.work()));
  }

  /** Takes no further key; `run` resolves when the passes under way have ended. */
  stop(): void {
    this.queue.close();
  }

  /** Cuts off the passes under way. */
  abort(reason: string): void {
    for (const pass of this.passes.values()) pass.abort(new Error(reason));
  }

  /** How long the oldest pass under way has been going on after it was cut off, in milliseconds; 0 if none has. */
  overdueMs(): number {
    return Math.max(0, this.metrics.longestMs() - (this.kind.timeoutMs ?? TIMEOUT_MS));
  }

  private changed(change: Change): void {
    const key = keyOf(change.object);
    const text = keyText(key);
    if (change.type === 'deleted') this.forget(text, key);
    if (!isStatusOnly(change)) this.queue.add(text, change.type === 'added' && change.initial ? 'initial' : 'live');
    else if (this.passes.has(text)) this.undecided.set(text, change.object);
    else this.statusChanged(text, change.object);
  }

  private statusChanged(text: string, object: Stored<KubernetesJson>): void {
    const own = this.deps.ownWrites.wrote(this.kind.resource, object);
    if (own && this.queue.failures(text) > 0) return;
    if (own && this.calm.has(text)) {
      this.queue.addAfter(text, ECHO_MS);
      return;
    }
    if (own) this.echoes.add(text);
    this.queue.add(text);
  }

  private forget(text: string, key: ObjectKey): void {
    this.deps.ownWrites.forget(this.kind.resource, key);
    this.calm.delete(text);
    this.echoes.delete(text);
    this.stalledBy.delete(text);
  }

  private async work(): Promise<void> {
    for (let text = await this.queue.take(); text !== undefined; text = await this.queue.take()) {
      const key = parseKey(text);
      if (this.deps.ownWrites.isBehind(this.kind.resource, key)) this.queue.addAfter(text, CATCH_UP_MS);
      else await this.pass(text, key);
      this.queue.done(text);
    }
  }

  private async pass(text: string, key: ObjectKey): Promise<void> {
    const { scheduler, log } = this.deps;
    const reconcileID = randomUUID();
    const passLog = log.child({ controller: this.name, ...key, reconcileID });
    const abort = new AbortController();
    const echo = this.echoes.delete(text);
    this.passes.set(text, abort);
    const disarm = scheduler.after(this.kind.timeoutMs ?? TIMEOUT_MS, () => this.timedOut(abort, passLog));
    const finished = this.metrics.started();
    const context = { signal: abort.signal, log: passLog, failures: this.queue.failures(text) };
    const outcome = await withSignal(abort.signal, () => this.traced(key, reconcileID, context));
    disarm();
    this.passes.delete(text);
    this.settle(text, outcome, context);
    if (echo || outcome.kind === 'wait') this.calm.add(text);
    else this.calm.delete(text);
    finished(outcome);
    const seen = this.undecided.get(text);
    if (seen === undefined) return;
    this.undecided.delete(text);
    this.statusChanged(text, seen);
  }

  /** The same ID is in the lines of the log. */
  private traced(key: ObjectKey, reconcileID: string, context: PassContext): Promise<Outcome> {
    const { namespace = '', name } = key;
    const attributes = { controller: this.name, 'k8s.namespace.name': namespace, name, reconcileID };
    return this.deps.tracing.span(`reconcile ${this.name}`, attributes, async (span) => {
      const outcome = await this.outcomeOf(key, context);
      span.set({ outcome: outcome.kind, ...(context.failures > 0 && { failures: context.failures }) });
      return outcome;
    });
  }

  /** A mistake of the program in one object's pass costs neither the worker nor the others. */
  private async outcomeOf(key: ObjectKey, context: PassContext): Promise<Outcome> {
    try {
      return await this.reconciler.reconcile(key, context);
    } catch (thrown) {
      return retry(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }

  /** The pass is told; its key stays taken until it has really ended, so that it never runs twice at once. */
  private timedOut(abort: AbortController, log: Logger): void {
    this.metrics.timedOut();
    log.warn({}, 'the pass took too long and is cut off');
    abort.abort(new Error('the pass took too long'));
  }

  private settle(text: string, outcome: Outcome, { log, signal, failures }: PassContext): void {
    if (outcome.kind !== 'retry') this.queue.forget(text);
    if (outcome.kind !== 'stalled') this.stalledBy.delete(text);
    switch (outcome.kind) {
      case 'done':
        this.again(text, outcome.recheckAfterMs);
        break;
      case 'progress':
        this.queue.add(text);
        break;
      case 'wait':
        this.again(text, outcome.afterMs);
        break;
      case 'retry': {
        const { error } = outcome;
        this.queue.addRateLimited(text, error instanceof ApiError ? error.retryAfterMs : undefined);
        if (isPassing(error, failures) || signal.aborted) log.debug({ reason: error.message }, 'looking again');
        else log.error({ err: error, failures: failures + 1 }, 'reconcile failed');
        break;
      }
      case 'stalled':
        if (outcome.afterMs === undefined) this.tellStalled(text, outcome, log);
        this.again(text, outcome.afterMs);
    }
  }

  /** Once for each new explanation, however often the object is looked at. */
  private tellStalled(text: string, { reason, message }: { reason: string; message: string }, log: Logger): void {
    const explanation = `${reason}: ${message}`;
    if (this.stalledBy.get(text) === explanation) return;
    this.stalledBy.set(text, explanation);
    log.warn({ reason, detail: message }, 'stalled until somebody changes something');
  }

  private again(text: string, afterMs: number | undefined): void {
    if (afterMs === undefined) return;
    const spread = 1 + RECHECK_JITTER * (2 * this.deps.random.next() - 1);
    this.queue.addAfter(text, afterMs * spread);
  }
}
