import { inject, injectable } from 'inversify';
import type { DeepReadonly, Job, Stored } from '../../../runtime/client/index.js';
import { AgentJobs } from '../../agent-run/agent-jobs.js';
import { RunConfiguration } from '../../agent-run/config/run-configuration.js';

/** Bundle Jobs whose AgentAction is gone, so that nobody adopts them any more. */
@injectable()
export class LeftoverBundles {
  constructor(
    @inject(AgentJobs) private readonly jobs: AgentJobs,
    @inject(RunConfiguration) private readonly configuration: RunConfiguration,
  ) {}

  /** Lets them end and go in time, by what the AgentConfig of that name says. */
  async limit(bundleJobs: readonly DeepReadonly<Stored<Job>>[], agentConfig: string | undefined): Promise<void> {
    for (const job of bundleJobs) {
      await this.jobs.limit(job, this.configuration.limits(job.metadata.namespace ?? '', agentConfig));
    }
  }
}
