import type { Reader } from '../cache/index.js';
import type { DeepReadonly, KubernetesJson, ObjectKey, Stored } from '../client/index.js';
import { keyText, lacksSpec } from '../client/index.js';
import type { Reconciled, WatchBuilder } from '../controller/index.js';
import { reconciledBy } from '../controller/index.js';
import type { EventNote, StatusOf } from '../status/index.js';
import { readyEvent } from '../status/index.js';
import { conditionsOf, statusOfOutcome } from './bare-status.js';
import { decideLifecycle } from './lifecycle.js';
import type { Acted, Outcome } from './outcome.js';
import { done, retry, stalled } from './outcome.js';
import type { ObserveContext, PassContext, ReconcileContext, Snapshot } from './pass.js';
import { isPassing } from './passing-failure.js';
import { ProgressGuard } from './progress-guard.js';
import type { ReconcilerDeps } from './reconciler-deps.js';

/**
 * One kind's logic in four steps: observe, decide, act, describe. The base only puts them in order; what they share is
 * in its collaborators.
 */
export abstract class Reconciler<
  K extends KubernetesJson,
  S extends Snapshot<K>,
  D extends { readonly action: string },
  O,
> {
  private readonly guard = new ProgressGuard();

  constructor(protected readonly deps: ReconcilerDeps) {}

  /** What else wakes this reconciler. */
  abstract watch(on: WatchBuilder): void;

  /** Gathers everything that the decision needs, from the cache unless stale data could do harm. */
  abstract observe(object: DeepReadonly<Stored<K>>, reader: Reader, context: ObserveContext): Promise<S>;

  /** Pure: the one thing to do now. */
  abstract decide(snapshot: S): D;

  /** Does it. May be cut off after any request and must bear being run again. */
  abstract act(decision: D, context: ReconcileContext<S>): Promise<Acted<O>>;

  /** Pure: the whole status with its conditions; `undefined` when nothing may be written. */
  abstract describeStatus(snapshot: S, acted: Acted<O>): StatusOf<K> | undefined;

  /** One pass over one object; called by the controller, never for the same key twice at once. */
  async reconcile(key: ObjectKey, pass: PassContext): Promise<Outcome> {
    const object = this.deps.reader.get(this.kind.resource, key) as DeepReadonly<Stored<K>> | undefined;
    if (object === undefined) {
      this.guard.forget(keyText(key));
      return done();
    }
    try {
      return await this.steps(object, key, pass);
    } catch (error) {
      return this.failed(object, error, pass);
    }
  }

  private get kind(): Reconciled {
    return reconciledBy(this);
  }

  private async steps(found: DeepReadonly<Stored<K>>, key: ObjectKey, pass: PassContext): Promise<Outcome> {
    if (lacksSpec(this.kind.resource, found)) return this.withoutSpec(found, pass);
    const object = await this.adopted(found);
    if (object === undefined) return done();
    const now = this.deps.clock.now();
    const snapshot = await this.observe(object, this.deps.reader, { ...pass, now });
    const decision = this.decide(snapshot);
    if (this.guard.isStuck(keyText(key), decision.action, snapshot))
      return this.conclude(object, noProgress(decision.action), pass);
    pass.log.debug({ action: decision.action }, 'decided');
    const acted = await this.act(decision, { ...pass, key, snapshot });
    const status = this.describeStatus(snapshot, acted);
    if (status !== undefined) await this.record(object, status, { outcome: acted.outcome, action: decision.action });
    // Not before: a pass that could not be recorded has failed, and is repeated as such.
    this.guard.note(keyText(key), decision.action, snapshot, acted.outcome);
    return acted.outcome;
  }

  /** The object with our finalizer; `undefined` when it is going away without owing us anything. */
  private async adopted(object: DeepReadonly<Stored<K>>): Promise<DeepReadonly<Stored<K>> | undefined> {
    const { finalizer, resource } = this.kind;
    const step = decideLifecycle(object, finalizer);
    if (step === 'Ignore') return undefined;
    if (step === 'Proceed' || finalizer === undefined) return object;
    return (await this.deps.finalizers.add(resource, object, finalizer)) as DeepReadonly<Stored<K>>;
  }

  /** There is nothing to act on, and what it may once have stood for cannot be told any more. */
  private async withoutSpec(object: DeepReadonly<Stored<K>>, pass: PassContext): Promise<Outcome> {
    const { finalizer = '', resource } = this.kind;
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp === undefined) return this.conclude(object, NO_SPEC, pass);
    if (!finalizers.includes(finalizer)) return done();
    await this.deps.finalizers.remove(resource, object, finalizer);
    this.deps.events.record(object, LET_GO);
    return done();
  }

  private async record(
    object: DeepReadonly<Stored<K>>,
    next: unknown,
    pass: { outcome: Outcome; action: string },
  ): Promise<void> {
    const { resource, events = 'all' } = this.kind;
    const written = await this.deps.status.write(resource, object, next);
    if (written === undefined || written === object) return;
    const event = readyEvent(conditionsOf(object), conditionsOf({ status: next }), pass);
    if (event === undefined || (event.type === 'Normal' && events === 'warnings')) return;
    this.deps.events.record(object, event);
  }

  /** A pass that could not describe itself: the error is told in the conditions, unless it is everyday life. */
  private async failed(object: DeepReadonly<Stored<K>>, thrown: unknown, pass: PassContext): Promise<Outcome> {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (isPassing(error, pass.failures) || pass.signal.aborted) return retry(error);
    return this.conclude(object, retry(error), pass);
  }

  /** Ends a pass whose status its kind could not describe: only the conditions change. */
  private async conclude(object: DeepReadonly<Stored<K>>, outcome: Outcome, pass: PassContext): Promise<Outcome> {
    try {
      const status = statusOfOutcome(object, outcome, this.deps.clock.now());
      await this.record(object, status, { outcome, action: 'Reconcile' });
    } catch (err) {
      pass.log.debug({ err }, 'the failure could not be told in the status');
    }
    return outcome;
  }
}

const NO_SPEC = stalled(
  'InvalidSpec',
  'spec is missing: the object was stored under a definition that allows that. Apply it with its spec, or delete it.',
);

const LET_GO: EventNote = {
  type: 'Warning',
  reason: 'InvalidSpec',
  message: 'spec is missing: the object was let go, and whatever it stood for is left as it is.',
  action: 'LetGo',
};

const noProgress = (action: string) =>
  stalled('NoProgress', `${action} was done several times and changed nothing; see the operator's log.`);
