import type { Verdict } from '../../../api/porter/v1/agent-action.js';
import { assertNever } from '../../../runtime/reconciler/index.js';
import { timestamp } from '../../../runtime/status/index.js';
import type { AgentRun } from '../../agent-run/job/agent-run.js';
import type { LaunchProblem } from '../../agent-run/launch/problem.js';
import type { AgentExit, StoredPod } from './agent-exit.js';
import { isAtWork } from './agent-exit.js';
import type { Progress } from './follow.js';
import { follow, followBundle } from './follow.js';
import { isUnowned } from './indexes.js';
import type { LaunchFacts, StoredJob } from './launch-facts.js';
import { namesOf } from './launch-facts.js';
import type { ActionSnapshot, Blocker } from './snapshot.js';
import type { Stage } from './stage.js';
import { isGated, isRepeatable } from './stage.js';
import type { Judgement } from './verdict.js';
import { hasNotRun, isDeletion, judge } from './verdict.js';

/** The one thing to do with an AgentAction now. */
export type ActionDecision =
  /** It has ended and nothing is left to do. */
  | { readonly action: 'Rest'; readonly verdict: Verdict }
  /** It has ended: its Jobs may go after a while. */
  | { readonly action: 'ReleaseJobs'; readonly verdict: Verdict; readonly jobs: readonly StoredJob[] }
  /** Something is missing for a launch or a verdict; a bundle in the way gets an owner and a deadline. */
  | { readonly action: 'Await'; readonly problem: LaunchProblem; readonly orphans?: readonly StoredJob[] }
  /** Write down the launch, before anything of it is made. */
  | { readonly action: 'RecordLaunch'; readonly launch: LaunchFacts }
  /** Write down a launch that was found to have been made, completely or in part. */
  | { readonly action: 'RecordFound'; readonly launch: LaunchFacts; readonly isComplete: boolean }
  | { readonly action: 'Launch'; readonly launch: LaunchFacts; readonly run: AgentRun }
  /** The Job is there: tell how it gets on, and adopt what Porter's driver left without an owner. */
  | {
      readonly action: 'Follow';
      readonly launch: LaunchFacts;
      readonly progress: Progress;
      readonly orphans: readonly StoredJob[];
    }
  /** Write down how it ended. */
  | {
      readonly action: 'Conclude';
      readonly verdict: Verdict;
      readonly runId?: string;
      readonly exit?: AgentExit;
      readonly explain: boolean;
      /** What the record says of a failure, unredacted. */
      readonly detail?: string;
    };

const LOST_ADVICE = 'Find out what it did, then set a new value of the annotation getporter.org/retry to run it again.';

/** Pure. */
export function decideAction(snapshot: ActionSnapshot): ActionDecision {
  const { stage } = snapshot;
  switch (stage.kind) {
    case 'Finished':
      return decideFinished(snapshot, { ...stage.verdict });
    case 'Inherited':
      return conclude(inherited(stage.phase));
    case 'Lost':
      return conclude(
        outcomeUnknown('The run was begun by another operator, and neither its Job nor its result is left.'),
      );
    case 'Due':
      return decideDue(snapshot, stage);
    case 'Found':
      return { action: 'RecordFound', launch: stage.launch, isComplete: !isGated(stage.job) };
    case 'Recorded':
      return decideRecorded(snapshot, stage);
    case 'Active':
      return {
        action: 'Follow',
        launch: stage.launch,
        progress: follow(snapshot, stage),
        orphans: snapshot.bundleJobs.filter(isUnowned),
      };
    case 'Ended':
      return decideEnded(snapshot, stage);
    case 'Missing':
      return decideMissing(snapshot, stage);
    default:
      return assertNever(stage);
  }
}

function decideFinished({ jobs, bundleJobs }: ActionSnapshot, verdict: Verdict): ActionDecision {
  const held = [...jobs, ...bundleJobs].filter(
    ({ spec, metadata }) => spec?.ttlSecondsAfterFinished === undefined && metadata.deletionTimestamp === undefined,
  );
  return held.length === 0 ? { action: 'Rest', verdict } : { action: 'ReleaseJobs', verdict, jobs: held };
}

function decideDue(snapshot: ActionSnapshot, { run, lost }: Stage & { kind: 'Due' }): ActionDecision {
  const { object, now, plan, blocker, lastRun } = snapshot;
  if (blocker?.kind === 'Superseded') return conclude(superseded(blocker.by));
  if (blocker !== undefined) return awaitEnd(blocker);
  const found = lost && decideLost(snapshot);
  if (found !== undefined) return found;
  if (plan === undefined) throw new Error('a due action was observed without a plan');
  if (plan.problem !== undefined) return { action: 'Await', problem: plan.problem };
  if (lastRun?.problem !== undefined) return { action: 'Await', problem: lastRun.problem };
  const launch: LaunchFacts = {
    ...run,
    attempt: (object.status?.attempt ?? 0) + 1,
    agent: plan.run.config.agent,
    ...(lastRun?.id !== undefined && { lastRunId: lastRun.id }),
    startedAt: timestamp(now),
    job: namesOf(object, run).job,
  };
  return { action: 'RecordLaunch', launch };
}

/** How a run ended whose AgentAction has vanished; undefined if it is certain that nothing of it ran. */
function decideLost({ evidence, evidenceProblem }: ActionSnapshot): ActionDecision | undefined {
  if (evidence === undefined) return { action: 'Await', problem: evidenceProblem ?? notObserved() };
  if (hasNotRun(evidence)) return undefined;
  const judgement = judge(evidence);
  if (judgement.kind === 'Judged') return concluded(judgement);
  if (judgement.kind === 'BundleRunning') return { action: 'Await', problem: stillWorking(undefined) };
  return conclude(outcomeUnknown('The AgentAction of the run was deleted, and no record tells how it ended.'));
}

/** Nothing else may have begun on the installation since this launch was written down, not even under another operator. */
function decideRecorded({ plan, blocker }: ActionSnapshot, { launch }: Stage & { kind: 'Recorded' }): ActionDecision {
  if (blocker !== undefined) return awaitEnd(blocker);
  if (plan === undefined) throw new Error('a recorded launch was observed without a plan');
  if (plan.problem !== undefined) return { action: 'Await', problem: plan.problem };
  return { action: 'Launch', launch, run: plan.run };
}

function decideEnded(snapshot: ActionSnapshot, stage: Stage & { kind: 'Ended' }): ActionDecision {
  const { evidence, evidenceProblem } = snapshot;
  if (evidence === undefined) return { action: 'Await', problem: evidenceProblem ?? notObserved() };
  const judgement = judge(evidence);
  if (judgement.kind === 'Judged') return concluded(judgement, evidence.exit);
  const orphans = snapshot.bundleJobs.filter(isUnowned);
  return { action: 'Follow', launch: stage.launch, progress: followBundle(snapshot), orphans };
}

/** What a complete launch did before its Job vanished only a record can tell, as far as an installation is concerned. */
function decideMissing(snapshot: ActionSnapshot, { launch }: Stage & { kind: 'Missing' }): ActionDecision {
  const { object, evidence, evidenceProblem } = snapshot;
  if (evidence === undefined) return { action: 'Await', problem: evidenceProblem ?? notObserved() };
  const judgement = judge(evidence);
  if (judgement.kind === 'Judged') return concluded(judgement);
  const worker = snapshot.pods.find(isAtWork);
  if (judgement.kind === 'BundleRunning' || worker !== undefined) {
    return { action: 'Await', problem: stillWorking(worker), orphans: snapshot.bundleJobs.filter(isUnowned) };
  }
  const isJudgedByRecord = object.spec.installation !== undefined && !isDeletion(evidence);
  const mayHaveWorked = isJudgedByRecord && evidence.records === undefined;
  if (!isRepeatable(object) || mayHaveWorked) {
    return conclude(outcomeUnknown(`Job ${launch.job} is gone, and no record tells how its run ended.`));
  }
  return decideAgain(snapshot, launch);
}

/** A lost run of which nothing is left begins anew, unless something else works on the installation by now. */
function decideAgain({ object, now, blocker }: ActionSnapshot, launch: LaunchFacts): ActionDecision {
  if (blocker?.kind === 'Superseded') return conclude(superseded(blocker.by, 'Lost, and not launched again'));
  if (blocker !== undefined) return awaitEnd(blocker);
  const { job } = namesOf(object, launch, launch.job);
  return {
    action: 'RecordLaunch',
    launch: { ...launch, attempt: launch.attempt + 1, startedAt: timestamp(now), job },
  };
}

/** A bundle that was left behind gets an owner and a deadline meanwhile. */
function awaitEnd({ by, job }: Blocker): ActionDecision {
  return { action: 'Await', problem: inProgress(by), orphans: job && isUnowned(job) ? [job] : [] };
}

function concluded(judgement: Judgement & { kind: 'Judged' }, exit?: AgentExit): ActionDecision {
  const { kind: _, ...conclusion } = judgement;
  return { action: 'Conclude', ...conclusion, ...(exit && { exit }) };
}

function conclude(verdict: Verdict): ActionDecision {
  return { action: 'Conclude', verdict, explain: false };
}

function inherited(phase: 'Succeeded' | 'Failed'): Verdict {
  const message = `The run had ended (${phase}) before this operator took over.`;
  return { source: 'ExitCode', result: phase, reason: phase === 'Succeeded' ? 'Adopted' : 'RunFailed', message };
}

function superseded(by: string, what = 'Never launched'): Verdict {
  const message = `${what}: AgentAction ${by} of the same resource replaces it.`;
  return { source: 'ExitCode', result: 'Failed', reason: 'Superseded', message };
}

function outcomeUnknown(message: string): Verdict {
  return { source: 'ExitCode', result: 'Unknown', reason: 'OutcomeUnknown', message: `${message} ${LOST_ADVICE}` };
}

/** Something else works on the same Porter installation. */
export function inProgress(by: string): LaunchProblem {
  return {
    reason: 'RunInProgress',
    message: `${by} works on the same Porter installation: this run follows when it has ended.`,
  };
}

function stillWorking(pod: StoredPod | undefined): LaunchProblem {
  const worker = pod === undefined ? 'its bundle' : `Pod ${pod.metadata.name}`;
  return { reason: 'RunInProgress', message: `The agent's Job is gone; ${worker} still works, and is waited for.` };
}

function notObserved(): LaunchProblem {
  return { reason: 'StateStoreUnavailable', message: 'The records of the run have not been read.' };
}
