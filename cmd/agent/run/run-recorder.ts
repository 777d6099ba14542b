import type { Bundle } from '../../../integrations/porter/index.js';
import { actionOf, isInternalOutput, isSensitiveOutput, parseBundle } from '../../../integrations/porter/index.js';
import type { OutputRecord, PorterState, ResultRecord, RunRecord } from '../../../integrations/porter/state/index.js';
import { LOGS_OUTPUT, SCHEMA_VERSIONS } from '../../../integrations/porter/state/index.js';
import type { Clock } from '../../../runtime/clock/index.js';
import type { SecretFiles } from '../secrets/secret-files.js';
import { resultIds } from '../state/result-ids.js';
import { installationAfter, outputMetadata, resultRecord, runRecord } from './run-records.js';
import type { RunIds } from './run-claim.js';
import type { RunEnd, RunPlan } from './run-plan.js';
import { sanitizedValues, sensitiveKey } from './sanitized-values.js';

export interface RunRecorderDeps {
  readonly state: PorterState;
  readonly secrets: SecretFiles;
  readonly clock: Clock;
}

/**
 * Writes Porter's records of a run. Every step may be done again, by this agent or another one: ids
 * follow from the run.
 */
export class RunRecorder {
  constructor(private readonly deps: RunRecorderDeps) {}

  /** The run's own document; sensitive values have been put away when this returns. */
  async compose(plan: RunPlan, ids: RunIds, claim: string): Promise<RunRecord> {
    const owner = { id: ids.run, bundle: plan.bundle.definition };
    const parameters = await sanitizedValues(this.deps.secrets, owner, plan.parameters);
    const overrides = await sanitizedValues(this.deps.secrets, owner, Object.entries(plan.overrides));
    return runRecord(plan, { ids, now: this.now(), claim }, { parameters, overrides });
  }

  /** Installation, run, and the result `running`. @param claimedAt when the bundle's Job was created, epoch ms */
  async begin(plan: RunPlan, run: RunRecord, claimedAt: number): Promise<void> {
    const { state } = this.deps;
    const { installation } = plan;
    const { parameters } = run.parameterOverrides;
    await state.putInstallation({ ...installation, parameters: { ...installation.parameters, parameters } });
    await state.putRun(run);
    const id = resultIds(run._id, claimedAt).running;
    await state.addResult(resultRecord(run, { id, status: 'running', now: this.now() }));
  }

  /**
   * The outputs, the final result, and the installation as it is now. A result that is recorded already stays, and is
   * returned. Porter records outputs last; here whoever finds a result may rely on them.
   */
  async finish(run: RunRecord, claimedAt: number, end: RunEnd): Promise<ResultRecord> {
    const bundle = parseBundle(run.bundle);
    const outputs = outputsToKeep(run, bundle, end);
    const id = resultIds(run._id, claimedAt).final;
    const before = (await this.deps.state.results(run._id)).find((result) => result._id === id);
    const status = end.succeeded ? 'succeeded' : 'failed';
    const result: ResultRecord = before ?? {
      ...resultRecord(run, { id, status, now: this.now(), message: end.message }),
      outputs: outputMetadata(bundle, outputs),
    };
    for (const [name, value] of outputs) await this.addOutput(run, result, { name, value, bundle });
    await this.deps.state.addResult(result);
    await this.settle(run, result, bundle);
    return result;
  }

  /** Brings the installation's status up to a result that is recorded already. */
  async settle(run: RunRecord, result: ResultRecord, bundle: Bundle): Promise<void> {
    const installation = await this.deps.state.installation(run.namespace, run.installation);
    if (installation === undefined || installation.status.runId > run._id) return;
    if (installation.status.resultId === result._id) return;
    await this.deps.state.putInstallation(installationAfter(installation, run, result, bundle));
  }

  private async addOutput(
    run: RunRecord,
    result: ResultRecord,
    output: { name: string; value: Buffer; bundle: Bundle },
  ): Promise<void> {
    const { name, value, bundle } = output;
    const key = isSensitiveOutput(bundle, name) ? sensitiveKey(run._id, name) : '';
    if (key !== '') await this.deps.secrets.write(key, value);
    const record: OutputRecord = {
      schemaVersion: SCHEMA_VERSIONS.installation,
      namespace: run.namespace,
      installation: run.installation,
      runId: run._id,
      resultId: result._id,
      name,
      value: key === '' ? value.toString('base64') : null,
      key,
    };
    await this.deps.state.addOutput(record);
  }

  private now(): string {
    return new Date(this.deps.clock.now()).toISOString();
  }
}

/** Porter's own state is that of the last action that changed something. */
function outputsToKeep(run: RunRecord, bundle: Bundle, end: RunEnd): Map<string, Buffer> {
  const modifies = actionOf(bundle, run.action).modifies === true;
  const given = [...end.outputs].filter(([name]) => modifies || !isInternalOutput(bundle, name));
  return new Map([...given, [LOGS_OUTPUT, Buffer.from(end.log)]]);
}
