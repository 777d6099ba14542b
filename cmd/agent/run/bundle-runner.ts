import { parseBundle } from '../../../integrations/porter/index.js';
import type { PorterState, ResultRecord, RunRecord } from '../../../integrations/porter/state/index.js';
import { newRecordId } from '../../../integrations/porter/state/index.js';
import type { Job, Secret, Stored } from '../../../runtime/client/index.js';
import type { AgentLog } from '../agent-log.js';
import type { Deadline } from '../deadline.js';
import { AgentFailure } from '../failure.js';
import type { PullSecret } from './pull-secret.js';
import type { BundleJobs } from './bundle-jobs.js';
import { bundleJobName, claimText, idsOf, isWaiting, type RunIds } from './run-claim.js';
import type { RunCollector } from './run-collector.js';
import type { RunFollower } from './run-follower.js';
import { hiddenValues, packInputs } from './inputs-secret.js';
import type { IdentifiedRun, RunPlan } from './run-plan.js';
import { isRecorded } from './run-records.js';
import type { RunRecorder } from './run-recorder.js';
import { runInputs } from './run-inputs.js';

export interface BundleRunnerDeps {
  readonly state: PorterState;
  readonly jobs: BundleJobs;
  readonly follower: RunFollower;
  readonly collector: RunCollector;
  readonly recorder: RunRecorder;
  readonly pullSecret: PullSecret;
  /** For the bundle's own log. */
  readonly verbosity: string;
  readonly deadline: Deadline;
  readonly log: AgentLog;
}

/** Values that are known only just before a run. */
export interface LateValues {
  readonly credentials: ReadonlyMap<string, string>;
  /** Values that no log may show. */
  readonly hidden: readonly string[];
}

/** Time that the agent keeps for recording what the bundle left, before its own deadline. */
const RECORDING_MS = 45_000;

/** Runs one bundle action: claims it, records it, lets it run, and records how it ended. Every step may be repeated. */
export class BundleRunner {
  constructor(private readonly deps: BundleRunnerDeps) {}

  /**
   * Claims and runs. False: another agent claimed the same installation first; look at it again.
   * @throws AgentFailure when the bundle failed
   */
  async run(plan: RunPlan, late: LateValues, known?: RunIds): Promise<boolean> {
    const { jobs, recorder, log } = this.deps;
    const ids = known ?? { run: newRecordId(plan.afterRun), revision: newRecordId() };
    const record = await recorder.compose(plan, ids, claimText(jobs.claimant));
    const isKept = isRecorded(plan.bundle.definition, plan.action);
    const prepared = await this.prepare(plan, record, late);
    const job = await jobs.claim(prepared.request);
    if (job === undefined || (await this.isContested(job, plan))) return false;
    if (isKept) await recorder.begin(plan, record, Date.parse(job.metadata.creationTimestamp));
    const { installation, action, bundle } = plan;
    log.info(
      `executing ${action} action from ${bundle.definition.name} (installation: ${installation.namespace}/${installation.name})`,
    );
    if (!(await jobs.start(job, prepared.secrets, this.bundleSeconds()))) return false;
    await this.finish(job, { record, isRecorded: isKept });
    return true;
  }

  /** Goes on with a run whose bundle has been started: waits, records, reports. @throws AgentFailure when it failed */
  async finish(job: Stored<Job>, { record, isRecorded: isKept }: IdentifiedRun): Promise<void> {
    const { jobs, follower, collector, log } = this.deps;
    const inputs = await jobs.inputsOf(job);
    log.hide(...hiddenValues(inputs));
    const end = await follower.follow(job);
    if (end.isLost === true) throw new AgentFailure(`bundle Job ${job.metadata.name} left no result: it is gone`);
    const bundle = parseBundle(record.bundle);
    const collected = await collector.collect({ job, bundle, action: record.action, inputs }, end);
    if (collected.log.trim() !== '') log.info(collected.log.trimEnd());
    const result = isKept && (await this.deps.recorder.finish(record, claimedAt(job), collected));
    await jobs.removeSecrets(job);
    this.report(record, result || { status: collected.succeeded ? 'succeeded' : 'failed', message: collected.message });
  }

  /** What became of a run that is over, from its records alone. @throws AgentFailure when it failed or left no result */
  async conclude(record: RunRecord): Promise<void> {
    const final = await this.settle(record);
    if (final === undefined) {
      const name = bundleJobName(this.deps.jobs.claimant, { namespace: record.namespace, name: record.installation });
      throw new AgentFailure(`bundle Job ${name} left no result: it is gone`);
    }
    this.report(record, final);
  }

  /** The final result of a run; the installation's status tells of it when this returns. Undefined while there is none. */
  async settle(record: RunRecord): Promise<ResultRecord | undefined> {
    const results = await this.deps.state.results(record._id);
    const final = results.findLast(({ status }) => status !== 'running' && status !== 'pending');
    if (final !== undefined) await this.deps.recorder.settle(record, final, parseBundle(record.bundle));
    return final;
  }

  private report(record: RunRecord, result: Pick<ResultRecord, 'status' | 'message'>): void {
    if (result.status !== 'succeeded') throw new AgentFailure(result.message ?? `the bundle's ${record.action} failed`);
    this.deps.log.info('execution completed successfully!');
  }

  private async prepare(plan: RunPlan, run: RunRecord, late: LateValues) {
    const { installation, bundle, parameters, action } = plan;
    const { jobs, pullSecret, verbosity } = this.deps;
    const { credentials } = late;
    const values = { run, installationId: installation.id, bundle, parameters, credentials, verbosity };
    const inputs = packInputs(runInputs(values), late.hidden);
    const name = bundleJobName(jobs.claimant, installation);
    const inputsSecret: Secret = {
      metadata: { name: jobs.newSecretName(name) },
      type: 'Opaque',
      data: { ...inputs.data },
    };
    const logins = await pullSecret.named(`${inputsSecret.metadata.name}-pull`);
    const request = {
      name,
      ids: { run: run._id, revision: run.revision },
      installation: { namespace: installation.namespace, name: installation.name },
      action,
      image: bundle.image,
      inputs,
      inputsSecret: inputsSecret.metadata.name,
      pullSecret: logins?.metadata.name,
      deadlineSeconds: this.bundleSeconds(),
    };
    return { request, secrets: logins === undefined ? [inputsSecret] : [inputsSecret, logins] };
  }

  /**
   * Another agent may have claimed at the same moment, or have run since this one decided. Whoever sees another claim
   * takes its own back: the later of two always sees the earlier, so that never both go on; when both do it, chance
   * decides who is first the next time.
   */
  private async isContested(job: Stored<Job>, { installation, afterRun }: RunPlan): Promise<boolean> {
    const others = await this.deps.jobs.othersAlive(installation);
    const last = (await this.deps.state.lastRun(installation.namespace, installation.name))?._id ?? '';
    const isStale = last !== afterRun && last !== idsOf(job)?.run;
    if (!isStale && others.length === 0) return false;
    await this.deps.jobs.release(job);
    return true;
  }

  private bundleSeconds(): number {
    const remaining = this.deps.deadline.remainingMs();
    return Math.max(1, Math.floor((remaining - Math.min(RECORDING_MS, remaining / 5)) / 1000));
  }
}

/** Ids of results follow from the moment of the claim. */
export function claimedAt(job: Stored<Job>): number {
  return Date.parse(job.metadata.creationTimestamp);
}

/** The identity of a claim of ours that nothing has come of yet. */
export function waitingIds(job: Stored<Job>): RunIds | undefined {
  return isWaiting(job) ? idsOf(job) : undefined;
}
