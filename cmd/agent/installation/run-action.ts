import { PORTER_DEBUG, bundlePartsOf, entryOf } from '../../../integrations/porter/index.js';
import type { InstallationRecord, PorterState } from '../../../integrations/porter/state/index.js';
import { SCHEMA_VERSIONS } from '../../../integrations/porter/state/index.js';
import type { Clock } from '../../../runtime/clock/index.js';
import type { BundleSource } from '../bundle/bundle-source.js';
import type { ResolvedBundle } from '../bundle/resolved-bundle.js';
import type { ValueSources } from '../bundle/value-sources.js';
import type { ActionOverrides } from '../command-line.js';
import { AgentFailure } from '../failure.js';
import type { RunIds } from '../run/run-claim.js';
import { recordOf } from './installation-records.js';
import type { InstallationRuns } from './installation-runs.js';

type Key = { readonly namespace: string; readonly name: string };

export interface RunActionDeps {
  readonly state: PorterState;
  readonly bundles: BundleSource;
  readonly runs: InstallationRuns;
  readonly sources: ValueSources;
  readonly clock: Clock;
}

/** `installation uninstall` and `installation invoke`: one action on an installation that exists, asked for by name. */
export class RunAction {
  constructor(private readonly deps: RunActionDeps) {}

  /** @throws AgentFailure when there is no such installation, or its action failed */
  async run(key: Key, action: string, overrides: ActionOverrides): Promise<void> {
    for (;;) {
      const begun = await this.deps.runs.resume(key);
      if (begun === 'done' || (await this.attempt(key, action, { overrides, ids: begun?.ids }))) return;
      await this.deps.runs.yieldToOthers();
    }
  }

  /** False: another agent came first, and everything has to be looked at again. */
  private async attempt(
    key: Key,
    action: string,
    { overrides, ids }: { overrides: ActionOverrides; ids?: RunIds },
  ): Promise<boolean> {
    const { runs, state } = this.deps;
    const afterRun = await runs.waitForOthers(key);
    const record = await state.installation(key.namespace, key.name);
    const bundle = await this.bundleOf(key, record, overrides.reference);
    const installation = record ?? this.passing(key, action, bundle);
    const recorded = record === undefined ? {} : await this.recorded(record, bundle, overrides);
    const { parameters } = overrides;
    const request = {
      installation: chosen(installation, overrides),
      action,
      afterRun,
      bundle,
      parameters,
      ...recorded,
    };
    return runs.execute(await runs.prepare(request), ids);
  }

  private bundleOf(key: Key, record: InstallationRecord | undefined, reference?: string): Promise<ResolvedBundle> {
    const { bundles } = this.deps;
    if (reference !== undefined) return bundles.fetchReference(reference);
    if (record === undefined) throw notFound(key);
    const { bundleReference } = record.status;
    return bundleReference === '' ? bundles.fetch(record.bundle) : bundles.fetchReference(bundleReference);
  }

  /** An action that changes nothing and needs no state may be run on what is not installed. */
  private passing(
    { namespace, name }: Key,
    action: string,
    { reference, definition }: ResolvedBundle,
  ): InstallationRecord {
    const { modifies = false, stateless = false } = entryOf(definition.actions, action) ?? {};
    if (modifies || !stateless) throw notFound({ namespace, name });
    const document = { schemaVersion: SCHEMA_VERSIONS.installation, namespace, name, bundle: bundlePartsOf(reference) };
    return recordOf(document, undefined, new Date(this.deps.clock.now()).toISOString());
  }

  /** Inline parameters of the last time that nothing replaces, as far as the bundle still knows them. */
  private async recorded({ parameters }: InstallationRecord, { definition }: ResolvedBundle, given: ActionOverrides) {
    const earlier: Record<string, string> = {};
    for (const { name, source } of parameters.parameters) {
      if (entryOf(definition.parameters, name) === undefined || name === PORTER_DEBUG) continue;
      if (Object.hasOwn(given.parameters, name)) continue;
      earlier[name] = await this.deps.sources.resolve(`parameter ${name}`, source);
    }
    return { earlier };
  }
}

/** What is chosen on the command line stays chosen. */
function chosen(
  record: InstallationRecord,
  { reference, credentialSets, parameterSets }: ActionOverrides,
): InstallationRecord {
  return {
    ...record,
    ...(reference !== undefined && { bundle: bundlePartsOf(reference) }),
    ...(credentialSets.length > 0 && { credentialSets: [...credentialSets] }),
    ...(parameterSets.length > 0 && { parameterSets: [...parameterSets] }),
  };
}

function notFound({ namespace, name }: Key): AgentFailure {
  return new AgentFailure(`could not find installation ${namespace}/${name}`);
}
