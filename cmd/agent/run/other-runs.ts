import type { PorterState, RunRecord } from '../../../integrations/porter/state/index.js';
import type { Job, Stored } from '../../../runtime/client/index.js';
import type { Clock } from '../../../runtime/clock/index.js';
import type { AgentLog } from '../agent-log.js';
import type { Deadline } from '../deadline.js';
import { AgentFailure, messageOf } from '../failure.js';
import type { BundleJobs } from './bundle-jobs.js';
import type { BundleRunner } from './bundle-runner.js';
import { ANNOTATIONS, idsOf, isFinished, isWaiting } from './run-claim.js';
import { claimOf } from './run-records.js';

export interface OtherRunsDeps {
  readonly state: PorterState;
  readonly jobs: BundleJobs;
  readonly runner: BundleRunner;
  readonly deadline: Deadline;
  readonly clock: Clock;
  readonly log: AgentLog;
}

type Installation = { readonly namespace: string; readonly name: string };

/** How long the agent whose run it is gets to record its result, once the bundle has ended. */
const RECORDING_PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 2_000;

/** Runs of other agents on the same installation: never two at once, and none is left without its result. */
export class OtherRuns {
  constructor(private readonly deps: OtherRunsDeps) {}

  /** Until no other bundle Job of the installation is alive. @throws AgentFailure at the deadline */
  async wait(installation: Installation): Promise<void> {
    const { jobs, deadline, log } = this.deps;
    const known = new Set<string>();
    for (;;) {
      const [other] = await jobs.othersAlive(installation);
      if (other === undefined) break;
      const { name } = other.metadata;
      if (deadline.isOver) throw new AgentFailure(`bundle Job ${name} of the same installation is still running`);
      if (!known.has(name)) {
        log.info(`waiting for bundle Job ${name} of the same installation`);
        await jobs.bound(other, deadline.remainingMs() / 1000, this.deps.clock.now());
        known.add(name);
      }
      if (isWaiting(other) && (await this.isAbandoned(other))) await jobs.release(other);
      else await deadline.pause(LOOK_EVERY_MS);
    }
    await this.settleLast(installation);
  }

  /** The last run may have ended without its agent; then its result is recorded here. */
  private async settleLast({ namespace, name }: Installation): Promise<void> {
    const { state, deadline, jobs } = this.deps;
    const run = await state.lastRun(namespace, name);
    const claim = run && claimOf(run);
    if (run === undefined || claim === undefined) return;
    const until = deadline.remainingMs() - RECORDING_PATIENCE_MS;
    while ((await this.deps.runner.settle(run)) === undefined) {
      const job = await jobs.ofRun(run._id);
      if (job === undefined || !isFinished(job)) return;
      const isLate = deadline.remainingMs() < Math.max(1, until);
      if (isLate || (await this.isAbandoned(job))) return this.adopt(job, run);
      await deadline.pause(LOOK_EVERY_MS);
    }
    // Its agent may have gone before it came to remove the inputs, which are credentials.
    const job = await jobs.ofRun(run._id);
    if (job !== undefined) await jobs.removeSecrets(job);
  }

  private async adopt(job: Stored<Job>, record: RunRecord): Promise<void> {
    this.deps.log.info(`recording the end of ${record.action} run ${record._id}, whose agent is gone`);
    try {
      await this.deps.runner.finish(job, { record, isRecorded: true });
    } catch (error) {
      if (!(error instanceof AgentFailure)) throw error;
      this.deps.log.info(`that run failed: ${messageOf(error)}`);
    }
  }

  /** No agent will go on with it: the agent's Job has ended or is gone. Jobs of Porter's own driver are let alone. */
  private async isAbandoned(job: Stored<Job>): Promise<boolean> {
    const agentJob = job.metadata.annotations?.[ANNOTATIONS.agentJob];
    if (agentJob === undefined || idsOf(job) === undefined) return false;
    const agent = await this.deps.jobs.find(agentJob);
    return agent === undefined || isFinished(agent);
  }
}
