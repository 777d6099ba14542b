import type { Resource } from '../client/index.js';

/** How a kind is reconciled; the defaults are in the controller. */
export interface ReconcilesOptions {
  /** Added before the first action and kept until an action removes it. */
  finalizer?: string;
  /** How many objects are worked on at a time. */
  concurrency?: number;
  /** When a pass is cut off and tried again. */
  timeoutMs?: number;
  /** `warnings` leaves out the events of normal progress, for kinds whose parent tells the story. */
  events?: 'all' | 'warnings';
}

/** What {@link Reconciles} wrote down. */
export interface Reconciled extends ReconcilesOptions {
  readonly resource: Resource;
}

/** Collects all reconcilers of a container: `bind(RECONCILER).to(InstallationReconciler)`. */
export const RECONCILER = Symbol.for('runtime.Reconciler');

const METADATA = Symbol.for('runtime.Reconciles');

/** Says which kind a reconciler class reconciles. */
export function Reconciles(resource: Resource, options: ReconcilesOptions = {}): ClassDecorator {
  return (target) => Reflect.defineMetadata(METADATA, { ...options, resource } satisfies Reconciled, target);
}

/** What {@link Reconciles} says on the class of `reconciler`; throws when it is not there. */
export function reconciledBy(reconciler: object): Reconciled {
  const found = Reflect.getMetadata(METADATA, reconciler.constructor) as Reconciled | undefined;
  if (found === undefined) throw new Error(`${reconciler.constructor.name} has no @Reconciles`);
  return found;
}
