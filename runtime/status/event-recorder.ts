import { injectable } from 'inversify';
import type { DeepReadonly, KubernetesJson, Stored } from '../client/index.js';

/** What happened, for people who look at `kubectl describe`. */
export interface EventNote {
  type: 'Normal' | 'Warning';
  /** CamelCase word. */
  reason: string;
  /** A sentence; cut to 1,024 bytes. */
  message: string;
  /** CamelCase verb: what the controller was doing. */
  action: string;
}

/** Tells of `object` without ever delaying or failing the one who tells. */
@injectable()
export abstract class EventRecorder {
  abstract record(object: DeepReadonly<Stored<KubernetesJson>>, note: EventNote): void;
}
