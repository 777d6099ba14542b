import type { CredentialSet } from '../../../api/porter/v1/credential-set.js';
import type { ParameterSet } from '../../../api/porter/v1/parameter-set.js';
import { CREDENTIAL_SETS, INSTALLATIONS, PARAMETER_SETS } from '../../../api/porter/v1/resources.js';
import {
  DOCUMENT_FILES,
  credentialsApply,
  credentialsDelete,
  parametersApply,
  parametersDelete,
  writeCredentialSet,
  writeParameterSet,
} from '../../../integrations/porter/index.js';
import type { PorterState } from '../../../integrations/porter/state/index.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, Resource, Stored } from '../../../runtime/client/index.js';
import type { Installation } from '../../../api/porter/v1/installation.js';
import { BY_CREDENTIAL_SET, BY_PARAMETER_SET, setNameOf } from '../porter-names/indexes.js';

/** Either of the two kinds of set, which differ in their words only. */
export type PorterSet = CredentialSet | ParameterSet;
export type SetObject<K extends PorterSet = PorterSet> = DeepReadonly<Stored<K>>;

export type SetSpec = DeepReadonly<PorterSet['spec']>;

/** What tells one kind of set from the other; each function is given specs and objects of its own kind only. */
export interface SetKind<K extends PorterSet = PorterSet> {
  readonly kind: 'CredentialSet' | 'ParameterSet';
  readonly resource: Resource<K>;
  /** For sentences. */
  readonly noun: string;
  readonly applyArgs: readonly string[];
  files(spec: SetSpec): Readonly<Record<string, string>>;
  deleteArgs(spec: SetSpec): readonly string[];
  /** Hints of the secrets that the set refers to. */
  secrets(spec: SetSpec): readonly string[];
  /** Whether Porter has the set in exactly its namespace. */
  isRecorded(state: PorterState, spec: SetSpec): Promise<boolean>;
  /** Porter names of the sets of this kind that an Installation uses. */
  namesOf(spec: DeepReadonly<Installation['spec']>): readonly string[];
  /** Installations of the same Kubernetes namespace that name a set so. */
  named(reader: Reader, object: SetObject): readonly DeepReadonly<Stored<Installation>>[];
}

export const CREDENTIAL_SET: SetKind<CredentialSet> = {
  kind: 'CredentialSet',
  resource: CREDENTIAL_SETS,
  noun: 'credential set',
  applyArgs: credentialsApply(),
  files: ({ schemaVersion, name, namespace, credentials }: DeepReadonly<CredentialSet['spec']>) => ({
    [DOCUMENT_FILES.credentials]: writeCredentialSet({ schemaVersion, name, namespace, credentials }),
  }),
  deleteArgs: ({ namespace, name }) => credentialsDelete({ namespace, name }),
  secrets: ({ credentials }: DeepReadonly<CredentialSet['spec']>) => hintsOf(credentials),
  isRecorded: async (state, { namespace, name }) =>
    (await state.credentialSet(namespace, name))?.namespace === namespace,
  namesOf: ({ credentialSets }) => credentialSets ?? [],
  named: (reader, { metadata, spec }) =>
    reader.byIndex(INSTALLATIONS, BY_CREDENTIAL_SET, setNameOf(metadata.namespace, spec.name)),
};

export const PARAMETER_SET: SetKind<ParameterSet> = {
  kind: 'ParameterSet',
  resource: PARAMETER_SETS,
  noun: 'parameter set',
  applyArgs: parametersApply(),
  files: ({ schemaVersion, name, namespace, parameters }: DeepReadonly<ParameterSet['spec']>) => ({
    [DOCUMENT_FILES.parameters]: writeParameterSet({ schemaVersion, name, namespace, parameters }),
  }),
  deleteArgs: ({ namespace, name }) => parametersDelete({ namespace, name }),
  secrets: ({ parameters }: DeepReadonly<ParameterSet['spec']>) => hintsOf(parameters),
  isRecorded: async (state, { namespace, name }) =>
    (await state.parameterSet(namespace, name))?.namespace === namespace,
  namesOf: ({ parameterSets }) => parameterSets ?? [],
  named: (reader, { metadata, spec }) =>
    reader.byIndex(INSTALLATIONS, BY_PARAMETER_SET, setNameOf(metadata.namespace, spec.name)),
};

function hintsOf(entries: DeepReadonly<{ source: { secret?: string } }[]>): string[] {
  return entries.flatMap(({ source }) => (source.secret === undefined ? [] : [source.secret]));
}
