import type { DeepReadonly, KubernetesJson, ObjectKey, Resource, Stored } from '../client/index.js';

/**
 * Synchronous look at what is watched. Everything is frozen and shared; it may lag behind the server, and asking for
 * a resource that no controller watches is a mistake of the program and throws.
 */
export interface Reader {
  get<T extends KubernetesJson>(resource: Resource<T>, key: ObjectKey): DeepReadonly<Stored<T>> | undefined;
  list<T extends KubernetesJson>(
    resource: Resource<T>,
    options?: { namespace?: string },
  ): readonly DeepReadonly<Stored<T>>[];
  byIndex<T extends KubernetesJson>(
    resource: Resource<T>,
    index: string,
    value: string,
  ): readonly DeepReadonly<Stored<T>>[];
}

/** Injection token of {@link Reader}. */
export const Reader = Symbol.for('runtime.Reader');

/** Index that `owns` adds by itself: the uid of an object's controller owner. */
export const BY_OWNER = 'controller-owner-uid';
