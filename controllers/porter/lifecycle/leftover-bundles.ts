import { inject, injectable } from 'inversify';
import type { DeepReadonly, Job, Stored } from '../../../runtime/client/index.js';
import { Client, JOBS } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { AgentJobs } from '../../agent-run/agent-jobs.js';
import { RunConfiguration } from '../../agent-run/config/run-configuration.js';
import { madeForAction } from '../../agent-run/labels.js';
import { isUnownedBundleJob } from '../agent-action/indexes.js';
import type { Action } from '../agent-action/launch-facts.js';
import { ownerOf } from '../agent-action/launch-facts.js';

/** Bundle Jobs whose AgentAction is gone or about to go, so that nobody adopts them any more. */
@injectable()
@Rbac({ groups: ['batch'], resources: ['jobs'], verbs: ['list'] })
export class LeftoverBundles {
  constructor(
    @inject(AgentJobs) private readonly jobs: AgentJobs,
    @inject(RunConfiguration) private readonly configuration: RunConfiguration,
    @inject(Client) private readonly client: Client,
  ) {}

  /** Lets those that nobody owns go with their action. Asked of the server: the cache may not know of them yet. */
  async leaveTo(action: Action): Promise<void> {
    const { namespace = '', name } = action.metadata;
    const { activeDeadlineSeconds } = this.configuration.limits(namespace, action.spec.agentConfig?.name);
    for (const job of await this.client.list(JOBS, { namespace, labelSelector: madeForAction(name) })) {
      if (isUnownedBundleJob(job)) await this.jobs.adopt(job, ownerOf(action), activeDeadlineSeconds);
    }
  }

  /** Lets them end and go in time, by what the AgentConfig of that name says. */
  async limit(bundleJobs: readonly DeepReadonly<Stored<Job>>[], agentConfig: string | undefined): Promise<void> {
    for (const job of bundleJobs) {
      await this.jobs.limit(job, this.configuration.limits(job.metadata.namespace ?? '', agentConfig));
    }
  }
}
