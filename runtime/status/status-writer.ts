import { inject, injectable } from 'inversify';
import type { DeepReadonly, KubernetesJson, Resource, Stored } from '../client/index.js';
import { ApiError, Client, isConflict, isNotFound, keyOf } from '../client/index.js';
import { mergePatch } from './merge-patch.js';

/** Kinds with a status subresource. */
export type WithStatus = KubernetesJson & { status?: unknown };

/** How often a status is laid over a newer version of the same object before the pass is given up. */
const ATTEMPTS = 4;

/** The only way a status is written: the difference, in one request, or nothing. */
@injectable()
export class StatusWriter {
  constructor(@inject(Client) private readonly client: Client) {}

  /**
   * Makes the status of `object` equal to `next`. Returns the object as it then is, or `undefined` when it has gone or
   * another one took its name meanwhile. A concurrent change of the rest of the object does not stop it. One of the status
   * does: whoever began with an older one, such as an operator that has just started, would take back what is recorded.
   */
  async write<K extends WithStatus>(
    resource: Resource<K>,
    object: DeepReadonly<Stored<K>>,
    next: unknown,
  ): Promise<DeepReadonly<Stored<K>> | undefined> {
    let current = object;
    for (let attempt = 1; ; attempt++) {
      const difference = mergePatch(statusOf(current), next);
      if (difference === undefined) {
        // Nobody else writes this: our own write did arrive, and the cache is to be waited for.
        if (current !== object) this.client.noteWrite(resource, current as Stored<K>);
        return current;
      }
      if (mergePatch(statusOf(object), statusOf(current)) !== undefined) throw movedOn(resource, object);
      try {
        return await this.patch(resource, current, difference);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      }
      const fresh = await this.client.find(resource, keyOf(object));
      if (fresh?.metadata.uid !== object.metadata.uid) return undefined;
      current = fresh as DeepReadonly<Stored<K>>;
    }
  }

  /** The version is the only precondition that the status subresource heeds; a changed uid implies a changed version. */
  private async patch<K extends WithStatus>(
    resource: Resource<K>,
    object: DeepReadonly<Stored<K>>,
    status: unknown,
  ): Promise<DeepReadonly<Stored<K>>> {
    const { resourceVersion } = object.metadata;
    const patch = { metadata: { resourceVersion }, status };
    return (await this.client.patchStatus(resource, keyOf(object), patch)) as DeepReadonly<Stored<K>>;
  }
}

function statusOf(object: DeepReadonly<WithStatus>): unknown {
  return object.status ?? {};
}

/** For the pass to be begun again, with what is there now. */
function movedOn({ plural }: Resource, { metadata }: DeepReadonly<KubernetesJson>): ApiError {
  const message = `the status of ${plural} ${metadata.name} has changed since it was looked at`;
  return new ApiError(message, { code: 409, reason: 'Conflict' });
}
