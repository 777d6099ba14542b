import type { Reader } from '../cache/index.js';
import type { DeepReadonly, KubernetesJson, ObjectKey, Stored } from '../client/index.js';
import type { WatchBuilder } from '../controller/index.js';
import type { StatusOf } from '../status/index.js';
import type { Logger } from '../telemetry/index.js';
import type { Acted } from './outcome.js';
import type { ReconcilerDeps } from './reconciler-deps.js';

/** What a pass decides on: plain data, gathered once. */
export interface Snapshot<K extends KubernetesJson> {
  readonly object: DeepReadonly<Stored<K>>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What belongs to one pass. */
export interface PassContext {
  /** Aborted at the pass's deadline and at shutdown. */
  readonly signal: AbortSignal;
  /** Every line names the object and the pass. */
  readonly log: Logger;
}

/** For `observe`. */
export interface ObserveContext extends PassContext {
  /** Epoch milliseconds; belongs into the snapshot. */
  readonly now: number;
}

/** For `act`. */
export interface ReconcileContext<S = unknown> extends PassContext {
  readonly key: ObjectKey;
  readonly snapshot: S;
}

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
}
