import type { Bundle } from '../../../integrations/porter/index.js';
import {
  actionOf,
  appliesTo,
  isInternalOutput,
  parameterText,
  valuesDigest,
} from '../../../integrations/porter/index.js';
import type {
  InstallationRecord,
  ParameterSetRecord,
  ResultRecord,
  ResultStatus,
  RunRecord,
  SourceMapping,
} from '../../../integrations/porter/state/index.js';
import { SCHEMA_VERSIONS, isInstalled, isUninstalled } from '../../../integrations/porter/state/index.js';
import type { RunIds } from './run-claim.js';
import type { RunPlan } from './run-plan.js';
import { contentDigest } from './sealed-outputs.js';

/** Porter's documents of one run, as pure functions of what is known. Times are RFC 3339. */

export interface SanitizedParameters {
  readonly parameters: readonly SourceMapping[];
  readonly overrides: readonly SourceMapping[];
}

export function runRecord(
  plan: RunPlan,
  identity: { readonly ids: RunIds; readonly now: string; readonly claim: string },
  sanitized: SanitizedParameters,
): RunRecord {
  const { installation, bundle } = plan;
  const { ids, now, claim } = identity;
  return {
    _id: ids.run,
    schemaVersion: SCHEMA_VERSIONS.installation,
    namespace: installation.namespace,
    installation: installation.name,
    revision: ids.revision,
    action: plan.action,
    created: now,
    modified: now,
    bundle: bundle.text,
    bundleReference: bundle.reference,
    bundleDigest: bundle.digest,
    parameters: internalSet(installation, installation.name, sanitized.parameters, now),
    parameterOverrides: internalSet(installation, installation.name, sanitized.overrides, now),
    parameterSets: installation.parameterSets ?? null,
    parametersDigest: parametersDigest(plan, sanitized.parameters),
    credentials: { schemaVersion: '', namespace: '', name: '', credentials: [...plan.credentials], status: {} },
    credentialSets: installation.credentialSets ?? null,
    credentialsDigest: valuesDigest(plan.credentials.map((entry) => ({ ...digestSource(entry), resolvedValue: '' }))),
    custom: { porterops: { claim } },
  };
}

/** Who claimed a run; undefined for one that another agent made. */
export function claimOf(run: RunRecord): string | undefined {
  const custom = run.custom as { porterops?: { claim?: string } } | null;
  return custom?.porterops?.claim;
}

/** Whether an action leaves a trace: all do but stateless ones that change nothing and give nothing. */
export function isRecorded(bundle: Bundle, action: string): boolean {
  const { modifies = false, stateless = false } = actionOf(bundle, action);
  const hasOutput = Object.entries(bundle.outputs ?? {}).some(
    ([name, output]) => appliesTo(output, action) && !isInternalOutput(bundle, name),
  );
  return modifies || !stateless || hasOutput;
}

export function resultRecord(
  run: RunRecord,
  result: { id: string; status: ResultStatus; now: string; message?: string },
): ResultRecord {
  return {
    _id: result.id,
    schemaVersion: SCHEMA_VERSIONS.installation,
    namespace: run.namespace,
    installation: run.installation,
    runId: run._id,
    created: result.now,
    status: result.status,
    ...(result.message !== undefined && { message: result.message }),
    outputs: null,
  };
}

/** What a result says of outputs, besides their values. */
export function outputMetadata(bundle: Bundle, outputs: ReadonlyMap<string, Buffer>): ResultRecord['outputs'] {
  const entries = [...outputs].map(([name, value]) => {
    const generatedByBundle = String(Object.hasOwn(bundle.outputs ?? {}, name));
    return [name, { generatedByBundle, ...(value.length > 0 && { contentDigest: contentDigest(value) }) }] as const;
  });
  return Object.fromEntries(entries);
}

/** The installation after a run. Only actions that modify it count as its last one. */
export function installationAfter(
  installation: InstallationRecord,
  run: RunRecord,
  result: ResultRecord,
  bundle: Bundle,
): InstallationRecord {
  const { status } = installation;
  const succeeded = result.status === 'succeeded';
  const last = actionOf(bundle, run.action).modifies === true && {
    runId: run._id,
    action: run.action,
    resultId: result._id,
    resultStatus: result.status,
    bundleReference: run.bundleReference,
    bundleVersion: bundle.version,
    bundleDigest: run.bundleDigest,
  };
  const installed = run.action === 'install' && succeeded && !isInstalled(status) ? result.created : status.installed;
  const uninstalled =
    run.action === 'uninstall' && succeeded && !isUninstalled(status) ? result.created : status.uninstalled;
  return { ...installation, status: { ...status, ...last, installed, uninstalled } };
}

/** Parameters that Porter keeps by themselves, in the form of a set with a name of its own. */
export function internalSet(
  { namespace }: { readonly namespace: string },
  owner: string,
  parameters: readonly SourceMapping[],
  now: string,
): ParameterSetRecord {
  return {
    schemaType: 'ParameterSet',
    schemaVersion: SCHEMA_VERSIONS.parameterSet,
    namespace,
    name: `internal-parameter-set-${owner}`,
    parameters: [...parameters],
    status: { created: now, modified: now },
  };
}

function parametersDigest({ parameters }: RunPlan, sanitized: readonly SourceMapping[]): string {
  const entries = sanitized.map((entry) => ({
    ...digestSource(entry),
    resolvedValue: parameterText(parameters.get(entry.name)),
  }));
  return valuesDigest(entries);
}

function digestSource({ name, source }: SourceMapping): { name: string; strategy: string; hint: string } {
  const [strategy = '', hint = ''] = Object.entries(source)[0] ?? [];
  return { name, strategy, hint };
}
