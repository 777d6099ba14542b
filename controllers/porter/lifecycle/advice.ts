import { policyProblem } from '../../../api/porter/v1/deletion-policy.rules.js';
import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import type { EndedRun } from './run-view.js';

/** Sentences for conditions that say what to do. */

const MAX_CAUSE = 800;

/** For a run that failed, or whose end is unknown. */
export const RETRY_ADVICE = `Fix the cause, then change the spec or set the annotation ${ANNOTATIONS.retry} to a new value to run again.`;

/** For one that does no harm when it is made twice. */
export const RETRIED_BY_ITSELF = 'It is tried again by itself.';

/** The same for what undoes an object that is being deleted. */
export const UNDO_ADVICE = `Fix the cause and set the annotation ${ANNOTATIONS.retry} to a new value to try again, or set ${ANNOTATIONS.deletionPolicy} to orphan to let go and leave everything as it is.`;

/** For a deletion policy that decides nothing. */
export function policyAdvice(value: string): string {
  return `The annotation ${ANNOTATIONS.deletionPolicy} ${policyProblem(value)}.`;
}

/** For a failure such as a registry that could not be reached; nothing is run again by itself all the same. */
const TIME_MAY_MEND = 'Time may mend it.';

/** For a run that could not begin and is not wanted any more. */
export function takenBack(action: string): string {
  return `AgentAction ${action}, which could not begin, is taken back: something newer is wanted.`;
}

/** For one that has begun after all. */
export function endAwaited(action: string): string {
  return `Something newer is wanted, and waits for the end of AgentAction ${action}, which may have begun.`;
}

/** The run with a message that also says what to do about it. */
export function withAdvice<R extends EndedRun>(run: R, advice: string): R {
  if (run.phase !== 'Failed' && run.phase !== 'Unknown') return run;
  const cause = run.message.slice(0, MAX_CAUSE).trimEnd();
  if (cause.includes(ANNOTATIONS.retry)) return { ...run, message: cause };
  const hope = run.phase === 'Failed' && run.retryable ? [TIME_MAY_MEND] : [];
  const message = [`${cause}${/[.!?]$/.test(cause) ? '' : '.'}`, ...hope, advice].join(' ');
  return { ...run, message };
}
