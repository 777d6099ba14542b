import type { CredentialSet } from '../../../api/porter/v1/credential-set.js';
import type { Installation } from '../../../api/porter/v1/installation.js';
import type { ParameterSet } from '../../../api/porter/v1/parameter-set.js';
import { CREDENTIAL_SETS, INSTALLATIONS, PARAMETER_SETS } from '../../../api/porter/v1/resources.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import type { WatchBuilder } from '../../../runtime/controller/index.js';

/** Indexes of objects by the names that they have in Porter, or that they refer to. */

/** An object may have been stored without a spec, under another definition; then it has no names and uses none. */
type Object<K extends Installation | CredentialSet | ParameterSet> = DeepReadonly<
  Omit<Stored<K>, 'spec'> & { spec?: K['spec'] }
>;

/** Installations by Porter namespace and name, over all Kubernetes namespaces. */
export const BY_PORTER_INSTALLATION = 'porter-installation';
/** Set resources by Kubernetes namespace, Porter namespace and Porter name. */
export const BY_PORTER_NAME = 'porter-name';
/** Installations by Kubernetes namespace and the Porter name of a set that they use. */
export const BY_CREDENTIAL_SET = 'credential-set';
export const BY_PARAMETER_SET = 'parameter-set';

export function porterInstallationOf({ spec }: Pick<Object<Installation>, 'spec'>): string {
  return JSON.stringify([spec?.namespace, spec?.name]);
}

/** `namespace` is Porter's. */
export function porterNameOf(kubernetesNamespace: string | undefined, namespace: string, name: string): string {
  return JSON.stringify([kubernetesNamespace ?? '', namespace, name]);
}

export function setNameOf(kubernetesNamespace: string | undefined, name: string): string {
  return JSON.stringify([kubernetesNamespace ?? '', name]);
}

/** Every reconciler that looks something up registers all of them; the same ones again are no new ones. */
export function indexPorterNames(on: WatchBuilder): void {
  on.index(INSTALLATIONS, BY_PORTER_INSTALLATION, installationNames)
    .index(INSTALLATIONS, BY_CREDENTIAL_SET, credentialSetNames)
    .index(INSTALLATIONS, BY_PARAMETER_SET, parameterSetNames)
    .index(CREDENTIAL_SETS, BY_PORTER_NAME, setNames)
    .index(PARAMETER_SETS, BY_PORTER_NAME, setNames);
}

function installationNames(object: Object<Installation>): string[] {
  return object.spec === undefined ? [] : [porterInstallationOf(object)];
}

function credentialSetNames({ metadata, spec }: Object<Installation>): string[] {
  return (spec?.credentialSets ?? []).map((name) => setNameOf(metadata.namespace, name));
}

function parameterSetNames({ metadata, spec }: Object<Installation>): string[] {
  return (spec?.parameterSets ?? []).map((name) => setNameOf(metadata.namespace, name));
}

function setNames({ metadata, spec }: Object<CredentialSet | ParameterSet>): string[] {
  return spec === undefined ? [] : [porterNameOf(metadata.namespace, spec.namespace, spec.name)];
}
