/** As the schema's default, for objects from before it. */
const DEFAULT_HISTORY_LIMIT = 5;

/**
 * How many finished AgentActions of an object are kept. One always is, that whose end is being recorded: until its end is in
 * status, it alone tells that the run has been, and without it the run would be launched again.
 */
export function keptRuns({ historyLimit }: { readonly historyLimit?: number }): number {
  return Math.max(1, historyLimit ?? DEFAULT_HISTORY_LIMIT);
}
