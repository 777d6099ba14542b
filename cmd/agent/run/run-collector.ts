import type { Bundle } from '../../../integrations/porter/index.js';
import {
  OUTPUTS_FOLDER,
  appliesTo,
  definitionOf,
  explainFailure,
  isInternalOutput,
  isSensitiveOutput,
  parameterText,
} from '../../../integrations/porter/index.js';
import type { Job, Secret, Stored } from '../../../runtime/client/index.js';
import type { AgentLog } from '../agent-log.js';
import type { BundleJobs } from './bundle-jobs.js';
import { sealKey } from './inputs-secret.js';
import type { JobEnd } from './run-follower.js';
import type { RunEnd } from './run-plan.js';
import { openOutputs, type CollectedOutputs } from './sealed-outputs.js';

/** What the collector needs to know of a run. */
export interface EndedRun {
  readonly job: Stored<Job>;
  readonly bundle: Bundle;
  readonly action: string;
  /** The Secret with the run's inputs, where it is still there. */
  readonly inputs?: Secret;
}

/** Brings together what is left of a bundle that has ended: its log and its outputs. */
export class RunCollector {
  constructor(
    private readonly jobs: BundleJobs,
    private readonly log: AgentLog,
  ) {}

  async collect(run: EndedRun, end: JobEnd): Promise<RunEnd> {
    const logs = end.pod === undefined ? { invocation: '', outputs: '' } : await this.jobs.logsOf(end.pod);
    const key = sealKey(run.inputs);
    const collected = key && openOutputs(logs.outputs, key);
    const { outputs, missing } = outputsOf(run, collected);
    for (const [name, value] of outputs) {
      if (isSensitiveOutput(run.bundle, name)) this.log.hide(value.toString());
    }
    const log = this.log.redacted(logs.invocation);
    if (!end.succeeded) return { succeeded: false, message: this.failure(run.action, end, log), log, outputs };
    const [first] = missing;
    return first === undefined
      ? { succeeded: true, log, outputs }
      : { succeeded: false, message: this.log.redacted(first), log, outputs };
  }

  /** The bundle's own words first: its exit code alone says little. */
  private failure(action: string, end: JobEnd, log: string): string {
    const said = log.trim() === '' ? '' : `: ${explainFailure(log).message}`;
    return this.log.redacted(`the bundle's ${action} failed${said}; ${end.message ?? 'for no known reason'}`);
  }
}

/**
 * Defined outputs only; one that the bundle did not give takes its default, and is missing without one. One that it gave
 * and that did not get here is missing whatever its default: the next run would go on with a wrong value.
 */
function outputsOf(run: EndedRun, collected: CollectedOutputs | undefined) {
  const outputs = new Map<string, Buffer>();
  const missing: string[] = [];
  for (const [name, output] of Object.entries(run.bundle.outputs ?? {})) {
    if (!appliesTo(output, run.action)) continue;
    const file = (output.path ?? '').slice(OUTPUTS_FOLDER.length + 1);
    const value = collected?.files.get(file);
    const fallback = definitionOf(run.bundle, name, output).default;
    const loss = lossOf(file, collected);
    if (value !== undefined) outputs.set(name, value);
    else if (loss !== undefined) missing.push(`required output ${name} is missing: ${loss}`);
    else if (fallback !== undefined) outputs.set(name, Buffer.from(parameterText(fallback)));
    else if (!isInternalOutput(run.bundle, name)) missing.push(`required output ${name} is missing and has no default`);
  }
  return { outputs, missing };
}

/** Why a file that the bundle may have left is not here. */
function lossOf(file: string, collected: CollectedOutputs | undefined): string | undefined {
  if (collected === undefined) return "the outputs of the bundle's Pod are gone";
  return collected.tooLarge.includes(file) ? 'the outputs are larger than 1 MiB' : undefined;
}
