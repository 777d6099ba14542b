import { StaleViewError } from '../cache/index.js';
import { NotLeadingError, isRace, isTransient } from '../client/index.js';

/** So many failures in a row, with their backoff about a second and a half, are everyday life. */
const EVERYDAY = 3;

/**
 * Whether a failure is not worth a word yet: the API server in trouble, or the world moved on between the look and the
 * write. Most of that is over at the next try; what lasts is told like any other. `before` counts the failures in a row
 * before this one. Who does not lead any more is about to end, and says so itself.
 */
export function isPassing(error: unknown, before: number): boolean {
  if (error instanceof NotLeadingError) return true;
  return (isTransient(error) || isRace(error) || error instanceof StaleViewError) && before < EVERYDAY;
}
