import { INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import type { DeepReadonly, KubernetesJson, Resource, Stored } from '../../../runtime/client/index.js';
import { keyOf } from '../../../runtime/client/index.js';
import type { WatchBuilder } from '../../../runtime/controller/index.js';
import { BY_PORTER_NAME, indexPorterNames, porterNameOf } from '../porter-names/indexes.js';
import type { SetKind, SetObject } from './set-kind.js';

/** Wakes a set when another one frees its Porter name, and one that is being deleted when a user of it is gone. */
export function watchNeighbours(on: WatchBuilder, kind: SetKind): void {
  indexPorterNames(on);
  const resource = kind.resource as Resource;
  on.watches(resource, {
    map: (object, reader) => {
      const { metadata, spec } = object as unknown as SetObject;
      return reader
        .byIndex(resource, BY_PORTER_NAME, porterNameOf(metadata.namespace, spec.namespace, spec.name))
        .filter(({ metadata: { uid } }) => uid !== metadata.uid)
        .map(keyOf);
    },
  });
  on.watches(INSTALLATIONS, {
    map: ({ metadata, spec }, reader) =>
      kind.namesOf(spec).flatMap((name) =>
        [...new Set([spec.namespace, ''])]
          .flatMap((namespace) =>
            reader.byIndex(resource, BY_PORTER_NAME, porterNameOf(metadata.namespace, namespace, name)),
          )
          .filter(isGoing)
          .map(keyOf),
      ),
  });
}

function isGoing({ metadata }: DeepReadonly<Stored<KubernetesJson>>): boolean {
  return metadata.deletionTimestamp !== undefined;
}
