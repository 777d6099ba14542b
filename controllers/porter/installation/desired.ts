import type { Installation } from '../../../api/porter/v1/installation.js';
import type { InstallationDocument } from '../../../integrations/porter/index.js';
import {
  DOCUMENT_FILES,
  installationApply,
  installationDelete,
  writeInstallation,
} from '../../../integrations/porter/index.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import type { LostRun, RunRequest } from '../../agent-run/run.js';
import type { WantedRun } from '../../agent-run/wanted-run.js';

export const KIND = 'Installation';

/** `purge` removes the record of an uninstalled installation, which Porter would otherwise refuse to install again. */
export const STEPS = ['apply', 'purge', 'uninstall'] as const;
export type Step = (typeof STEPS)[number];

type Object = DeepReadonly<Stored<Installation>>;

/** What Porter is told to make true. */
export function installationDocument(
  spec: DeepReadonly<Installation['spec']>,
  options: { uninstalled: boolean },
): InstallationDocument {
  const { schemaVersion, name, namespace, bundle, labels, credentialSets, parameterSets, parameters } = spec;
  const { uninstalled } = options;
  return {
    schemaVersion,
    name,
    namespace,
    uninstalled,
    bundle,
    labels,
    credentialSets,
    parameterSets,
    parameters,
  };
}

/** Installs, upgrades or (with `spec.uninstalled`) uninstalls; `force` must never meet `uninstalled`. */
export function applyRun(
  object: Object,
  wanted: WantedRun,
  options: { force?: boolean; secrets?: readonly string[]; lost?: LostRun } = {},
): RunRequest {
  const uninstalled = object.spec.uninstalled === true;
  return {
    ...runOf(object, wanted, 'apply'),
    args: installationApply({ force: options.force === true && !uninstalled }),
    files: () => documentFile(object, uninstalled),
    secrets: options.secrets,
    lost: options.lost,
  };
}

/** Undoes the installation; not owned by the object, whose foreground deletion would otherwise collect it. */
export function uninstallRun(
  object: Object,
  wanted: WantedRun,
  options: { secrets?: readonly string[]; lost?: LostRun } = {},
): RunRequest {
  return {
    ...runOf(object, wanted, 'uninstall'),
    args: installationApply(),
    files: () => documentFile(object, true),
    secrets: options.secrets,
    lost: options.lost,
    owned: false,
  };
}

/** Removes the record of what is uninstalled; Porter records no run for it, so it is judged by whether the record is gone. */
export function purgeRun(object: Object, wanted: WantedRun): RunRequest {
  const { name, namespace } = object.spec;
  return { ...runOf(object, wanted, 'purge'), args: installationDelete({ namespace, name }) };
}

function documentFile(object: Object, uninstalled: boolean): Record<string, string> {
  return { [DOCUMENT_FILES.installation]: writeInstallation(installationDocument(object.spec, { uninstalled })) };
}

function runOf(object: Object, wanted: WantedRun, step: Step): RunRequest {
  const { name, namespace, agentConfig } = object.spec;
  return {
    ...wanted,
    parent: object,
    parentKind: KIND,
    step,
    args: [],
    files: () => ({}),
    agentConfig: agentConfig?.name === '' ? undefined : agentConfig?.name,
    labels: object.metadata.labels,
    installation: { namespace, name },
    owned: true,
  };
}
