import type { Job, Pod, Stored } from '../../../runtime/client/index.js';
import type { AgentLog } from '../agent-log.js';
import type { Deadline } from '../deadline.js';
import type { BundleJobs } from './bundle-jobs.js';
import { hasStarted, podEnd, podProblem, type PodEnd, type PodProblem } from './pod-progress.js';
import { isFinished } from './run-claim.js';

/** How a Job ended, and the Pod in which it did, as far as that is still there. */
export interface JobEnd extends PodEnd {
  readonly pod?: Stored<Pod>;
  /** The Job was removed by somebody: nothing is known of its end. */
  readonly isLost?: boolean;
}

/** A Pod whose image or configuration is at fault is given up after this time. */
const FAULT_PATIENCE_MS = 120_000;
const QUICK_MS = 500;
const SLOW_MS = 2_000;
/** Looks at the beginning, in which short runs end. */
const QUICK_LOOKS = 60;

/** Waits for bundle Jobs, telling what keeps them. */
export class RunFollower {
  constructor(
    private readonly deps: { readonly jobs: BundleJobs; readonly deadline: Deadline; readonly log: AgentLog },
  ) {}

  /** Until the Job has ended or cannot. */
  async follow(job: Stored<Job>): Promise<JobEnd> {
    const problems = new Problems(this.deps.deadline, this.deps.log);
    for (let looks = 0; !this.deps.deadline.isOver; looks++) {
      const end = await this.look(job, problems);
      if (end !== undefined) return end;
      await this.deps.deadline.pause(looks < QUICK_LOOKS ? QUICK_MS : SLOW_MS);
    }
    return { succeeded: false, message: outOfTime(job, problems.last) };
  }

  private async look(job: Stored<Job>, problems: Problems): Promise<JobEnd | undefined> {
    const pod = await this.deps.jobs.podOf(job);
    const ended = pod && podEnd(pod);
    if (ended !== undefined) return { ...ended, pod };
    const current = await this.deps.jobs.find(job.metadata.name);
    if (current?.metadata.uid !== job.metadata.uid) return { succeeded: false, isLost: true };
    if (isFinished(current)) return { ...jobEnd(current, problems.last), pod };
    if (pod === undefined || hasStarted(pod)) return undefined;
    if (!problems.areHopeless(podProblem(pod))) return undefined;
    await this.deps.jobs.abandon(job);
    return { succeeded: false, message: `bundle Pod ${pod.metadata.name} cannot start: ${text(problems.last)}` };
  }
}

/** Tells each problem once, and knows since when there has been one that waiting does not mend. */
class Problems {
  last?: PodProblem;
  private faultSince?: number;

  constructor(
    private readonly deadline: Deadline,
    private readonly log: AgentLog,
  ) {}

  areHopeless(problem: PodProblem | undefined): boolean {
    if (problem !== undefined && problem.reason !== this.last?.reason) {
      this.log.info(`the bundle's Pod is waiting: ${text(problem)}`);
    }
    this.last = problem ?? this.last;
    const left = this.deadline.remainingMs();
    this.faultSince = problem?.isFault === true ? (this.faultSince ?? left) : undefined;
    return this.faultSince !== undefined && this.faultSince - left >= FAULT_PATIENCE_MS;
  }
}

function jobEnd(job: Stored<Job>, problem: PodProblem | undefined): PodEnd {
  const failed = job.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (failed === undefined) return { succeeded: true };
  if (failed.reason === 'DeadlineExceeded') return { succeeded: false, message: outOfTime(job, problem) };
  const { reason = '', message = '' } = failed;
  return { succeeded: false, message: `bundle Job ${job.metadata.name} failed: ${reason}: ${message}` };
}

function outOfTime(job: Stored<Job>, problem: PodProblem | undefined): string {
  const seconds = job.spec?.activeDeadlineSeconds ?? 0;
  const because = problem === undefined ? '' : `; its Pod was waiting: ${text(problem)}`;
  return `bundle Job ${job.metadata.name} ran longer than its deadline of ${seconds} s${because}`;
}

function text(problem: PodProblem | undefined): string {
  return problem === undefined ? '' : `${problem.reason}: ${problem.message}`.replace(/: $/, '');
}
