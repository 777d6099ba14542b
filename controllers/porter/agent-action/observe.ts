import { inject, injectable } from 'inversify';
import type { Reader } from '../../../runtime/cache/index.js';
import type { CoreEvent, Resource } from '../../../runtime/client/index.js';
import { Client, JOBS, PODS, isOwnedBy, keyOf } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { AgentJobs } from '../../agent-run/agent-jobs.js';
import type { LaunchPlan } from '../../agent-run/launch/launch-planner.js';
import { LaunchPlanner } from '../../agent-run/launch/launch-planner.js';
import type { LostRun } from '../../agent-run/run.js';
import { exitOf } from './agent-exit.js';
import { Blockers } from './blockers.js';
import { EvidenceCollector } from './evidence-collector.js';
import { BY_RUN, isBundleJob, runValue } from './indexes.js';
import type { Action, LaunchFacts, StoredJob } from './launch-facts.js';
import { LAUNCH_ANNOTATION, labelsOf, ownerOf } from './launch-facts.js';
import { isPodLate, type Refusal } from './missing-pods.js';
import type { MountFailure } from './pod-problems.js';
import { isLateOnNode, mountFailureIn } from './pod-problems.js';
import { recordedAgent } from './recorded-agent.js';
import type { ActionSnapshot } from './snapshot.js';
import { stageOf } from './stage.js';
import { hasNotRun } from './verdict.js';

/** What is known without asking anybody. */
type Cached = Pick<ActionSnapshot, 'object' | 'now' | 'stage' | 'jobs' | 'bundleJobs' | 'pods'>;
type Asked = Partial<Omit<ActionSnapshot, keyof Cached>>;

const EVENTS: Resource<CoreEvent> = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** Gathers what the decision about an AgentAction needs, and no more than its stage asks for. */
@injectable()
@Rbac({ groups: [''], resources: ['events'], verbs: ['list'] })
@Rbac({ groups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] })
export class ActionObserver {
  @inject(Client) private readonly client!: Client;
  @inject(LaunchPlanner) private readonly planner!: LaunchPlanner;
  @inject(AgentJobs) private readonly agentJobs!: AgentJobs;
  @inject(EvidenceCollector) private readonly evidence!: EvidenceCollector;
  @inject(Blockers) private readonly blockers!: Blockers;

  async observe(object: Action, reader: Reader, now: number): Promise<ActionSnapshot> {
    const run = runValue(keyOf(object));
    const pods = reader.byIndex(PODS, BY_RUN, run);
    const made = reader.byIndex(JOBS, BY_RUN, run);
    const jobs = made.filter((job) => !isBundleJob(job) && isOwnedBy(job, object.metadata.uid));
    const isComplete = (job: StoredJob) => this.agentJobs.isComplete(keyOf(job));
    const stage = stageOf(object, { jobs, pods, isComplete });
    const cached: Cached = { object, now, stage, jobs, bundleJobs: made.filter(isBundleJob), pods };
    return { ...cached, ...(await this.ask(cached, reader)) };
  }

  private async ask(cached: Cached, reader: Reader): Promise<Asked> {
    const { object, stage, pods, bundleJobs } = cached;
    switch (stage.kind) {
      case 'Due': {
        const blocker = this.blockers.find(object);
        if (blocker !== undefined) return { blocker };
        return stage.lost === undefined ? this.forLaunch(object, reader) : this.forLost(cached, stage.lost, reader);
      }
      case 'Recorded': {
        const blocker = this.blockers.busy(object);
        return blocker === undefined ? { plan: await this.plan(object, reader, stage.launch) } : { blocker };
      }
      case 'Active':
        return {
          refusal: await this.refusal([stage.job, ...bundleJobs], cached),
          mountFailure: await this.mountFailure(cached),
        };
      case 'Ended':
        return {
          ...(await this.evidence.collect(object, { launch: stage.launch, exit: exitOf(stage.job, pods), bundleJobs })),
          refusal: await this.refusal(bundleJobs, cached),
          mountFailure: await this.mountFailure(cached),
        };
      case 'Missing':
        return this.forMissing(cached, stage.launch);
      case 'Finished':
      case 'Inherited':
      case 'Lost':
      case 'Found':
        return {};
    }
  }

  private async forLaunch(object: Action, reader: Reader): Promise<Asked> {
    const plan = await this.plan(object, reader);
    return plan.problem === undefined ? { plan, lastRun: await this.evidence.lastRun(object) } : { plan };
  }

  private async forLost({ object, bundleJobs }: Cached, launch: LostRun, reader: Reader): Promise<Asked> {
    const collected = await this.evidence.collect(object, { launch, bundleJobs });
    const isUnrun = collected.evidence !== undefined && hasNotRun(collected.evidence);
    return isUnrun ? { ...collected, ...(await this.forLaunch(object, reader)) } : collected;
  }

  /** That a Job is gone is believed of the API server only. */
  private async forMissing({ object, bundleJobs }: Cached, launch: LaunchFacts): Promise<Asked> {
    const job = await this.client.find(JOBS, { namespace: object.metadata.namespace, name: launch.job });
    if (job === undefined) {
      return { ...(await this.evidence.collect(object, { launch, bundleJobs })), blocker: this.blockers.find(object) };
    }
    return { evidenceProblem: { reason: 'AgentPending', message: `Job ${launch.job} is there and will be followed.` } };
  }

  /** Without a recorded launch the plan only shows that a launch is possible. */
  private plan(object: Action, reader: Reader, launch?: LaunchFacts): Promise<LaunchPlan> {
    const { namespace = '', name } = object.metadata;
    const job = launch?.job ?? name;
    return this.planner.plan({
      namespace,
      spec: object.spec,
      owner: ownerOf(object),
      names: { job, files: job },
      labels: launch === undefined ? {} : labelsOf(object, launch),
      annotations: launch === undefined ? {} : { [LAUNCH_ANNOTATION]: JSON.stringify(launch) },
      recordedAgent: launch?.agent ?? recordedAgent(object, reader),
    });
  }

  /** Of agent and bundle alike; asked only about a Pod that has a node and does not start. */
  private async mountFailure({ object, pods, now }: Cached): Promise<MountFailure | undefined> {
    const { namespace } = object.metadata;
    for (const { metadata } of pods.filter((pod) => isLateOnNode(pod, now))) {
      const events = await this.client.list(EVENTS, {
        namespace,
        fieldSelector: `involvedObject.uid=${metadata.uid}`,
      });
      const message = mountFailureIn(events);
      if (message !== undefined) return { pod: metadata.name, message };
    }
    return undefined;
  }

  /** The first refusal of a Pod of these Jobs; asked only about one that is late. */
  private async refusal(jobs: readonly StoredJob[], { pods, now }: Cached): Promise<Refusal | undefined> {
    for (const { metadata } of jobs.filter((job) => isPodLate(job, pods, now))) {
      const { namespace, name, uid } = metadata;
      const fieldSelector = `involvedObject.uid=${uid},reason=FailedCreate`;
      const { message } = (await this.client.list(EVENTS, { namespace, fieldSelector })).at(-1) ?? {};
      if (message !== undefined) return { job: name, message };
    }
    return undefined;
  }
}
