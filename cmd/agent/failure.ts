/**
 * Why a command fails, in words that may be shown: nothing secret, and for what Porter's own agent says too, in its
 * words, since those are recognised.
 */
export class AgentFailure extends Error {
  override readonly name = 'AgentFailure';
}

/** What this agent does not do, by name, and who does. */
export function unsupported(what: string): AgentFailure {
  return new AgentFailure(
    `the built-in agent does not support ${what}: use Porter's own agent (AgentConfig spec.agent: Porter)`,
  );
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
