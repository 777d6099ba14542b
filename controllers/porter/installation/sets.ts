import { inject, injectable } from 'inversify';
import type { CredentialSet } from '../../../api/porter/v1/credential-set.js';
import type { Installation } from '../../../api/porter/v1/installation.js';
import type { ParameterSet } from '../../../api/porter/v1/parameter-set.js';
import { CREDENTIAL_SETS, PARAMETER_SETS } from '../../../api/porter/v1/resources.js';
import { InvalidHintError, secretSourceOf } from '../../../integrations/porter/index.js';
import type { PorterState, SourceMapping } from '../../../integrations/porter/state/index.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, Resource, Stored } from '../../../runtime/client/index.js';
import { findCondition } from '../../../runtime/status/index.js';
import { PorterStates } from '../../agent-run/state/porter-states.js';
import { BY_PORTER_NAME, porterNameOf } from '../porter-names/indexes.js';
import { mayUseDeleted } from '../porter-names/set-users.js';
import type { SetsView } from './snapshot.js';

type SetResource = DeepReadonly<Stored<CredentialSet | ParameterSet>>;
type Sourced = DeepReadonly<{ source: { secret?: string } }[]>;
type Object = DeepReadonly<Stored<Installation>>;

/** One kind of set, and where it is looked for. */
interface SetKind {
  readonly resource: Resource;
  readonly kind: 'CredentialSet' | 'ParameterSet';
  readonly sources: (set: SetResource) => Sourced;
  readonly recorded: (state: PorterState, namespace: string, name: string) => Promise<SourceMapping[] | undefined>;
}

const CREDENTIALS: SetKind = {
  resource: CREDENTIAL_SETS,
  kind: 'CredentialSet',
  sources: ({ spec }) => ('credentials' in spec ? spec.credentials : []),
  recorded: async (state, namespace, name) => (await state.credentialSet(namespace, name))?.credentials,
};
const PARAMETERS: SetKind = {
  resource: PARAMETER_SETS,
  kind: 'ParameterSet',
  sources: ({ spec }) => ('parameters' in spec ? spec.parameters : []),
  recorded: async (state, namespace, name) => (await state.parameterSet(namespace, name))?.parameters,
};

/** A set that was found, or why it cannot be used (yet). */
type Found = { readonly secrets: readonly string[] } | { readonly waiting: SetsView & { kind: 'Waiting' } };

/** Finds the sets that an Installation names: as resources first, which may have to be waited for, else on record. */
@injectable()
export class SetLookup {
  constructor(@inject(PorterStates) private readonly states: PorterStates) {}

  async lookUp(object: Object, reader: Reader): Promise<SetsView> {
    const { credentialSets = [], parameterSets = [] } = object.spec;
    const names = [
      ...credentialSets.map((name) => ({ kind: CREDENTIALS, name })),
      ...parameterSets.map((name) => ({ kind: PARAMETERS, name })),
    ];
    const secrets = new Set<string>();
    for (const { kind, name } of names) {
      const found = await this.find(object, kind, { name, reader });
      if ('waiting' in found) return found.waiting;
      for (const hint of found.secrets) secrets.add(hint);
    }
    return checked([...secrets]);
  }

  private async find(object: Object, kind: SetKind, at: { name: string; reader: Reader }): Promise<Found> {
    const resource = resourceNamed(object, kind, at);
    if (resource === undefined) return this.findRecorded(object, kind, at.name);
    const problem = unusable(object, resource);
    if (problem !== undefined) return waitingFor('SetNotReady', `${kind.kind} ${resource.metadata.name} ${problem}`);
    return { secrets: secretsOf(kind.sources(resource)) };
  }

  private async findRecorded({ metadata, spec }: Object, kind: SetKind, name: string): Promise<Found> {
    try {
      const entries = await this.states.ask(metadata.namespace ?? '', (state) =>
        state === undefined ? Promise.resolve([]) : kind.recorded(state, spec.namespace, name),
      );
      if (entries !== undefined) return { secrets: secretsOf(entries) };
      const where = spec.namespace === '' ? "Porter's global namespace" : `Porter namespace "${spec.namespace}"`;
      const message = `Porter has no set "${name}" in ${where}, nor is there a ${kind.kind} of that Porter name in this Kubernetes namespace: create it, or correct the name.`;
      return waitingFor(`${kind.kind}NotFound`, message);
    } catch (error) {
      if (error instanceof StateUnavailableError) return waitingFor('StateStoreUnavailable', error.message);
      throw error;
    }
  }
}

/** As Porter looks: in the installation's namespace first, then in the global one. */
function resourceNamed(
  { metadata, spec }: Object,
  kind: SetKind,
  { name, reader }: { name: string; reader: Reader },
): SetResource | undefined {
  for (const namespace of new Set([spec.namespace, ''])) {
    const key = porterNameOf(metadata.namespace, namespace, name);
    const [found] = reader.byIndex(kind.resource, BY_PORTER_NAME, key);
    if (found !== undefined) return found as SetResource;
  }
  return undefined;
}

/** A set that is being deleted stays until those who use it are gone; nobody new may begin to. */
function unusable(object: Object, set: SetResource): string | undefined {
  const { generation, deletionTimestamp } = set.metadata;
  if (deletionTimestamp !== undefined) {
    return mayUseDeleted(object, set) ? undefined : 'is being deleted: create it again, or name another one.';
  }
  const ready = findCondition(set.status?.conditions, 'Ready');
  const isApplied = ready?.status === 'True' && ready.observedGeneration === generation;
  return isApplied ? undefined : `is not applied to Porter yet${ready === undefined ? '' : `: ${ready.message}`}`;
}

function secretsOf(entries: Sourced): string[] {
  return entries.flatMap(({ source }) => (source.secret === undefined ? [] : [source.secret]));
}

function waitingFor(reason: string, message: string): Found {
  return { waiting: { kind: 'Waiting', reason, message: message.slice(0, 1024) } };
}

function checked(secrets: readonly string[]): SetsView {
  try {
    secrets.forEach(secretSourceOf);
    return { kind: 'Ready', secrets };
  } catch (error) {
    if (error instanceof InvalidHintError)
      return { kind: 'Invalid', message: `A set that is used has a ${error.message}.` };
    throw error;
  }
}
