import type { InstallationRecord, PorterState } from '../../../integrations/porter/state/index.js';
import type { AgentLog } from '../agent-log.js';
import type { BundleSource } from '../bundle/bundle-source.js';
import type { ValueSources } from '../bundle/value-sources.js';
import type { ActionOverrides } from '../command-line.js';
import { AgentFailure } from '../failure.js';
import type { RunIds } from '../run/run-claim.js';
import type { InstallationRuns } from './installation-runs.js';

export interface RunActionDeps {
  readonly state: PorterState;
  readonly bundles: BundleSource;
  readonly runs: InstallationRuns;
  readonly sources: ValueSources;
  readonly log: AgentLog;
}

/** `installation uninstall` and `installation invoke`: one action on an installation that exists, asked for by name. */
export class RunAction {
  constructor(private readonly deps: RunActionDeps) {}

  /** @throws AgentFailure when there is no such installation, or its action failed */
  async run(key: { namespace: string; name: string }, action: string, overrides: ActionOverrides): Promise<void> {
    for (;;) {
      const begun = await this.deps.runs.resume(key);
      if (begun === 'done' || (await this.attempt(key, action, { overrides, ids: begun?.ids }))) return;
      await this.deps.runs.yieldToOthers();
    }
  }

  /** False: another agent came first, and everything has to be looked at again. */
  private async attempt(
    key: { namespace: string; name: string },
    action: string,
    { overrides, ids }: { overrides: ActionOverrides; ids?: RunIds },
  ): Promise<boolean> {
    const afterRun = await this.deps.runs.waitForOthers(key);
    const record = await this.deps.state.installation(key.namespace, key.name);
    if (record === undefined) throw new AgentFailure(`could not find installation ${key.namespace}/${key.name}`);
    return this.deps.runs.execute(await this.prepared({ record, action, afterRun }, overrides), ids);
  }

  private async prepared(
    { record, action, afterRun }: { record: InstallationRecord; action: string; afterRun: string },
    overrides: ActionOverrides,
  ) {
    const { bundles, runs } = this.deps;
    const { reference = record.status.bundleReference } = overrides;
    const bundle = reference === '' ? await bundles.fetch(record.bundle) : await bundles.fetchReference(reference);
    const installation: InstallationRecord = {
      ...record,
      ...(overrides.credentialSets.length > 0 && { credentialSets: [...overrides.credentialSets] }),
      ...(overrides.parameterSets.length > 0 && { parameterSets: [...overrides.parameterSets] }),
    };
    const parameters = { ...(await this.recorded(record)), ...overrides.parameters };
    return runs.prepare({ installation, action, afterRun, bundle, parameters });
  }

  /** Inline parameters of the last time. */
  private async recorded({ parameters }: InstallationRecord): Promise<Record<string, unknown>> {
    const values: Record<string, unknown> = {};
    for (const { name, source } of parameters.parameters) {
      values[name] = await this.deps.sources.resolve(`parameter ${name}`, source);
    }
    return values;
  }
}
