import { createContext, Script } from 'node:vm';
import { CommandError } from '../wire/command-error.js';

/** Longer than any honest query takes by far; a pattern that backtracks without end must not stop the store for all. */
const QUERY_LIMIT_MS = 2000;

const context = createContext({ task: undefined });
const script = new Script('task()');

/**
 * Runs a synchronous task and breaks it off, wherever it is, when it takes too long. The task must not change anything
 * that outlives it.
 */
export function withinDeadline<T>(task: () => T, limitMs = QUERY_LIMIT_MS): T {
  context['task'] = task;
  try {
    return script.runInContext(context, { timeout: limitMs }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new CommandError('MaxTimeMSExpired', `the query took more than ${limitMs} ms`);
  } finally {
    context['task'] = undefined;
  }
}
