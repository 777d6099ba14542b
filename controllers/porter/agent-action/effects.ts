import { inject, injectable } from 'inversify';
import type { Verdict } from '../../../api/porter/v1/agent-action.js';
import type { Launched } from '../../agent-run/agent-jobs.js';
import { AgentJobs } from '../../agent-run/agent-jobs.js';
import type { JobLimits } from '../../agent-run/config/effective-agent-config.js';
import { RunConfiguration } from '../../agent-run/config/run-configuration.js';
import type { AgentRun } from '../../agent-run/job/agent-run.js';
import { Blockers } from './blockers.js';
import type { FailedRun } from './failure-reports.js';
import { FailureReports } from './failure-reports.js';
import { isUnownedBundleJob } from './indexes.js';
import type { Action, LaunchFacts, StoredJob } from './launch-facts.js';
import { annotatedLaunch, ownerOf } from './launch-facts.js';
import type { Blocker } from './snapshot.js';

/** What came of a launch. */
export type LaunchEffect =
  | Exclude<Launched, { kind: 'LaunchedBefore' }>
  /** It had been launched before; these are the facts that were written down then, if they can still be read. */
  | { readonly kind: 'LaunchedBefore'; readonly facts?: LaunchFacts };

/** Everything that is done for an AgentAction, besides writing its status. */
@injectable()
export class ActionEffects {
  constructor(
    @inject(AgentJobs) private readonly jobs: AgentJobs,
    @inject(Blockers) private readonly blockers: Blockers,
    @inject(RunConfiguration) private readonly configuration: RunConfiguration,
    @inject(FailureReports) private readonly failures: FailureReports,
  ) {}

  /** Keeps others off the installation from now on, unless one of them was faster. */
  claim(action: Action): Blocker | undefined {
    return this.blockers.claim(action);
  }

  /** Lets others have the installation. */
  yield(action: Action): void {
    this.blockers.release(action);
  }

  async launch(run: AgentRun): Promise<LaunchEffect> {
    const launched = await this.jobs.launch(run);
    if (launched.kind !== 'LaunchedBefore') return launched;
    return { kind: launched.kind, facts: annotatedLaunch(launched.annotations) };
  }

  /** Lets the Jobs of an ended action go after the time that its AgentConfig says. */
  async release(action: Action, jobs: readonly StoredJob[]): Promise<void> {
    await this.adopt(action, jobs.filter(isUnownedBundleJob));
    const { ttlSecondsAfterFinished } = this.limits(action);
    for (const job of jobs) await this.jobs.release(job, ttlSecondsAfterFinished);
  }

  /** Makes bundle Jobs without owner the action's, so that they end and go with it. */
  async adopt({ metadata, spec }: Action, bundleJobs: readonly StoredJob[]): Promise<void> {
    const owner = ownerOf({ metadata });
    const { activeDeadlineSeconds } = this.limits({ metadata, spec });
    for (const job of bundleJobs) await this.jobs.adopt(job, owner, activeDeadlineSeconds);
  }

  explain(verdict: Verdict, run: FailedRun): Promise<Verdict> {
    return this.failures.explain(verdict, run);
  }

  private limits({ metadata, spec }: Action): JobLimits {
    return this.configuration.limits(metadata.namespace ?? '', spec.agentConfig?.name);
  }
}
