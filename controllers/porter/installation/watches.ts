import type { Installation } from '../../../api/porter/v1/installation.js';
import { CREDENTIAL_SETS, INSTALLATIONS, PARAMETER_SETS } from '../../../api/porter/v1/resources.js';
import type { DeepReadonly, KubernetesJson, Resource } from '../../../runtime/client/index.js';
import { keyOf } from '../../../runtime/client/index.js';
import type { WatchBuilder } from '../../../runtime/controller/index.js';
import { findCondition } from '../../../runtime/status/index.js';
import {
  BY_CREDENTIAL_SET,
  BY_PARAMETER_SET,
  BY_PORTER_INSTALLATION,
  indexPorterNames,
  porterInstallationOf,
  setNameOf,
} from '../porter-names/indexes.js';

type NamedSet = KubernetesJson & { spec: { name: string } };

/** Wakes an Installation when another one frees its Porter name, and when a set that it names gets on. */
export function watchNeighbours(on: WatchBuilder): void {
  indexPorterNames(on);
  on.watches(INSTALLATIONS, {
    map: (object, reader) =>
      reader
        .byIndex(INSTALLATIONS, BY_PORTER_INSTALLATION, porterInstallationOf(object))
        .filter((other) => other.metadata.uid !== object.metadata.uid && isYielding(other))
        .map(keyOf),
  });
  watchSets(on, CREDENTIAL_SETS, BY_CREDENTIAL_SET);
  watchSets(on, PARAMETER_SETS, BY_PARAMETER_SET);
}

/** Only who was told of a conflict has anything to gain from its end; the same name in other stores is none. */
function isYielding({ status }: DeepReadonly<Installation>): boolean {
  return findCondition(status?.conditions, 'Ready')?.reason === 'ConflictingOwner';
}

function watchSets(on: WatchBuilder, resource: Resource, index: string): void {
  on.watches(resource, {
    map: (object, reader) => {
      const { metadata, spec } = object as DeepReadonly<NamedSet>;
      return reader.byIndex(INSTALLATIONS, index, setNameOf(metadata.namespace, spec.name)).map(keyOf);
    },
  });
}
