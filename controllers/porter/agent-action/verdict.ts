import type { Verdict } from '../../../api/porter/v1/agent-action.js';
import type { InstallationDocument } from '../../../integrations/porter/index.js';
import { isInstalled } from '../../../integrations/porter/state/index.js';
import type { InstallationRecord, ResultStatus, RunRecord } from '../../../integrations/porter/state/index.js';
import type { AgentExit } from './agent-exit.js';
import type { LaunchFacts } from './launch-facts.js';

/** A run in Porter's records with the newest entry of its log. */
export interface RecordedRun {
  readonly run: Pick<RunRecord, '_id' | 'revision' | 'action' | 'created'>;
  readonly result?: { readonly status: ResultStatus; readonly message?: string };
}

/** What Porter's records say about the time since the launch. */
export interface RecordEvidence {
  readonly installation?: InstallationRecord;
  /** Runs newer than the one before the launch, oldest first. */
  readonly runs: readonly RecordedRun[];
  /**
   * Where there is none: the run that the installation's status names, if it is not the one before the launch. Ids of
   * Porter's agent follow from the clock of its machine, and one that is behind makes a new run look old. It may as well be
   * an older run, after which another was cut off: only a bundle Job of ours tells.
   */
  readonly settled?: RecordedRun;
}

/** Everything that a verdict rests on. */
export interface Evidence {
  readonly launch: Pick<LaunchFacts, 'startedAt' | 'lastRunId'>;
  /** Absent when Job and Pod have vanished. */
  readonly exit?: AgentExit;
  /** Absent when no store is configured, or the action names no installation. */
  readonly records?: RecordEvidence;
  /** Revisions that the bundle Jobs of this action carry. */
  readonly revisions: readonly string[];
  /** Whether one of those Jobs is still running. */
  readonly bundleIsLive: boolean;
  /** Porter's arguments, and the document of `installation apply`. */
  readonly args: readonly string[];
  readonly document?: InstallationDocument;
}

/** A verdict, or why there is none yet. */
export type Judgement =
  | {
      readonly kind: 'Judged';
      readonly verdict: Verdict;
      readonly runId?: string;
      /** The agent's log may tell why in better words. */
      readonly explain: boolean;
      /** What the record says of a failure; may be long, and is not free of secrets. */
      readonly detail?: string;
    }
  /** The agent has ended, or its Job has vanished, and its bundle still works. */
  | { readonly kind: 'BundleRunning' }
  /** Neither agent nor records say that anything ever ran. */
  | { readonly kind: 'Silent' };

/** A run whose record is older than its launch by more than this (milliseconds) cannot be its own. */
const CLOCK_SKEW_MS = 60_000;

/** Pure: how an ended action ended. The record of its run decides, and only without any record the exit code. */
export function judge(evidence: Evidence): Judgement {
  const { exit, records, bundleIsLive } = evidence;
  const runs = records === undefined ? [] : newRunsOf(evidence, records);
  if (runs.length > 0) return byRuns(evidence, runs);
  if (bundleIsLive) return { kind: 'BundleRunning' };
  if (records !== undefined && records.installation === undefined && isDeletion(evidence)) return deleted(undefined);
  if (exit === undefined) return { kind: 'Silent' };
  return records !== undefined && exit.succeeded ? nothingRun(evidence, records) : byExitCode(exit);
}

/** Whether it is certain that nothing ran: an agent records its run before the bundle begins. */
export function hasNotRun(evidence: Evidence): boolean {
  return evidence.records !== undefined && judge(evidence).kind === 'Silent';
}

function newRunsOf(evidence: Evidence, { runs, settled }: RecordEvidence): readonly RecordedRun[] {
  if (runs.length > 0 || settled === undefined) return runs;
  return evidence.revisions.includes(settled.run.revision) ? [settled] : [];
}

function byRuns(evidence: Evidence, runs: readonly RecordedRun[]): Judgement {
  const own = ownRun(evidence, runs);
  if (own?.result === undefined && evidence.bundleIsLive) return { kind: 'BundleRunning' };
  if (own === undefined) {
    const ids = runs.map(({ run }) => run._id).join(', ');
    return unknown('ForeignRun', `Newer runs are recorded (${ids}), and none of them was started by this action.`);
  }
  const { run, result } = own;
  const what = `${run.action} (run ${run._id})`;
  switch (result?.status) {
    case 'succeeded':
      return judged(
        { source: 'StateStore', result: 'Succeeded', reason: 'Succeeded', message: `${what} succeeded.` },
        run,
      );
    case 'failed':
    case 'canceled': {
      const failure = judged(failureOf(`${what} ${result.status}`, evidence.exit), run);
      const explain = evidence.exit?.reason === undefined;
      return { ...failure, explain, ...(result.message && { detail: result.message }) };
    }
    default:
      if (evidence.bundleIsLive) return { kind: 'BundleRunning' };
      return unknown('RunResultMissing', `${endOf(evidence.exit)}, and no result of ${what} was recorded.`, run);
  }
}

function endOf(exit: AgentExit | undefined): string {
  if (exit?.reason === undefined) return 'Agent and bundle have ended';
  return `Agent and bundle have ended, the agent was ended: ${exit.message ?? exit.reason}`;
}

/** A recorded failure; what ended the agent from outside is told with it, since no log tells of it. */
function failureOf(what: string, exit: AgentExit | undefined): Verdict {
  const failed = { source: 'StateStore', result: 'Failed' } as const;
  if (exit?.reason === undefined) return { ...failed, reason: 'RunFailed', message: `${what}.` };
  return { ...failed, reason: exit.reason, message: `${what}; its agent was ended: ${exit.message ?? exit.reason}.` };
}

/**
 * The newest run whose revision one of our bundle Jobs carries. Where no bundle Job is left, a single newer run must be
 * it: runs of one installation are launched one after the other.
 */
function ownRun({ revisions, launch }: Evidence, runs: readonly RecordedRun[]): RecordedRun | undefined {
  if (revisions.length > 0) return runs.findLast(({ run }) => revisions.includes(run.revision));
  const [only, ...others] = runs;
  const isOfLaunch = Date.parse(only?.run.created ?? '') >= Date.parse(launch.startedAt) - CLOCK_SKEW_MS;
  return others.length === 0 && isOfLaunch ? only : undefined;
}

/** The agent found nothing to do, which is well only if the record is as the document wants it. */
function nothingRun(evidence: Evidence, { installation }: RecordEvidence): Judgement {
  const { document } = evidence;
  if (isDeletion(evidence)) return deleted(installation);
  if (document === undefined) return noOp('The agent ran no bundle and ended well.');
  const difference = differenceOf(document, installation);
  if (difference === undefined) return noOp('Nothing had to be done: the installation is as declared.');
  const message = `Porter did nothing, although ${difference}.`;
  return judged({ source: 'StateStore', result: 'Failed', reason: 'RunFailed', message });
}

/** Its effect is that the record is gone, however the agent ended; and to make it twice does no harm. */
export function isDeletion({ args }: Pick<Evidence, 'args'>): boolean {
  return args[0] === 'installation' && args[1] === 'delete';
}

function deleted(installation: InstallationRecord | undefined): Judgement {
  const verdict =
    installation === undefined
      ? ({ result: 'Succeeded', reason: 'Succeeded', message: "The installation's record is deleted." } as const)
      : ({ result: 'Failed', reason: 'RunFailed', message: "The installation's record is still there." } as const);
  return judged({ source: 'StateStore', ...verdict });
}

/** In which respect a record is not what the document asks for. */
function differenceOf(document: InstallationDocument, record: InstallationRecord | undefined): string | undefined {
  const isThere = isInstalled(record?.status);
  if (document.uninstalled === true) return isThere ? 'the installation is not uninstalled' : undefined;
  if (record === undefined) return 'there is no record of the installation';
  if (!isThere) return 'the installation is not installed';
  const { resultStatus, bundleDigest } = record.status;
  if (resultStatus !== 'succeeded') return `its last run is ${resultStatus || 'not recorded'}`;
  const { digest } = document.bundle;
  return digest && digest !== bundleDigest ? `the installed bundle is ${bundleDigest}, not ${digest}` : undefined;
}

function byExitCode(exit: AgentExit): Judgement {
  const source = 'ExitCode' as const;
  if (exit.succeeded) {
    return judged({ source, result: 'Succeeded', reason: 'Succeeded', message: 'The agent ended with exit code 0.' });
  }
  const { reason = exit.code === undefined ? 'AgentFailed' : 'RunFailed', message = exitText(exit) } = exit;
  const retryable = !OWN_FAULT.has(exit.reason ?? '') && (exit.reason !== undefined || exit.code === undefined);
  const verdict: Verdict = { source, result: 'Failed', reason, message, ...(retryable && { retryable }) };
  return { kind: 'Judged', verdict, explain: exit.reason === undefined };
}

function exitText({ code }: AgentExit): string {
  if (code === undefined) return "The agent's Pod has gone, or never started its container.";
  return `The agent ended with exit code ${code}.`;
}

/** Ends from outside that will come again; all others (an eviction, a lost node) time may mend. */
const OWN_FAULT: ReadonlySet<string> = new Set(['DeadlineExceeded', 'OOMKilled']);

function judged(verdict: Verdict, run?: RecordedRun['run']): Judgement & { kind: 'Judged' } {
  const explain = verdict.result === 'Failed' && run !== undefined;
  return { kind: 'Judged', verdict, explain, ...(run && { runId: run._id }) };
}

function unknown(reason: string, message: string, run?: RecordedRun['run']): Judgement {
  const advice =
    'Look at the installation, then set a new value of the annotation getporter.org/retry to run it again.';
  return judged({ source: 'StateStore', result: 'Unknown', reason, message: `${message} ${advice}` }, run);
}

function noOp(message: string): Judgement {
  return judged({ source: 'StateStore', result: 'NoOp', reason: 'Succeeded', message });
}
