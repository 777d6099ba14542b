import type { DeepReadonly, KubernetesJson, ObjectKey, Stored } from '../client/index.js';
import type { Logger } from '../telemetry/index.js';

/** What a pass decides on: plain data, gathered once. */
export interface Snapshot<K extends KubernetesJson> {
  readonly object: DeepReadonly<Stored<K>>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What belongs to one pass. */
export interface PassContext {
  /** Aborted at the pass's deadline and at shutdown; requests to the API server end with it by themselves. */
  readonly signal: AbortSignal;
  /** Every line names the object and the pass. */
  readonly log: Logger;
  /** How many passes over this object failed in a row before this one. */
  readonly failures: number;
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
