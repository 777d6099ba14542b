import type { InstallationDocument } from '../../../integrations/porter/index.js';
import type { InstallationRecord, InstallationRecordStatus } from '../../../integrations/porter/state/index.js';
import { isInstalled, isUninstalled, newRecordId } from '../../../integrations/porter/state/index.js';
import { internalSet } from '../run/run-records.js';

/** The record that a document asks for: its spec over the status of the record that is there. */
export function recordOf(
  document: InstallationDocument,
  existing: InstallationRecord | undefined,
  now: string,
): InstallationRecord {
  const { namespace, name, bundle } = document;
  const id = existing?.id ?? newRecordId();
  return {
    schemaType: 'Installation',
    schemaVersion: document.schemaVersion,
    id,
    namespace,
    name,
    ...(document.uninstalled === true && { uninstalled: true }),
    bundle: Object.fromEntries(
      Object.entries(bundle).filter(([, part]) => part !== undefined && part !== ''),
    ) as typeof bundle,
    ...(existing?.custom !== undefined && { custom: existing.custom }),
    ...(Object.keys(document.labels ?? {}).length > 0 && { labels: { ...document.labels } }),
    credentialSets: [...(document.credentialSets ?? [])],
    parameterSets: [...(document.parameterSets ?? [])],
    parameters: internalSet(document, id, [], now),
    status: { ...(existing?.status ?? emptyStatus(now)), modified: now },
  };
}

/** What `installation list -o json` shows of a record: no parameters, so no secrets. */
export function listed(record: InstallationRecord): object {
  const { parameters: _, ...rest } = record;
  return {
    ...rest,
    _calculated: {
      resolvedParameters: null,
      displayInstallationState: stateOf(record),
      displayInstallationStatus: statusOf(record),
    },
  };
}

function stateOf({ status }: InstallationRecord): 'installed' | 'uninstalled' | 'defined' {
  if (isInstalled(status)) return 'installed';
  return isUninstalled(status) ? 'uninstalled' : 'defined';
}

/** Undefined, and so left out, for what Porter has no word for. */
function statusOf({ status: { action, resultStatus } }: InstallationRecord): string | undefined {
  if (resultStatus === 'running') return RUNNING[action] ?? `running ${action}`;
  return ['succeeded', 'failed'].includes(resultStatus) ? resultStatus : undefined;
}

const RUNNING: Readonly<Record<string, string>> = {
  install: 'installing',
  upgrade: 'upgrading',
  uninstall: 'uninstalling',
};

function emptyStatus(now: string): InstallationRecordStatus {
  return {
    runId: '',
    action: '',
    resultId: '',
    resultStatus: '',
    created: now,
    modified: now,
    installed: null,
    uninstalled: null,
    bundleReference: '',
    bundleVersion: '',
    bundleDigest: '',
  };
}
