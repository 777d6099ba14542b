/** Why a run cannot be launched as things are. */
export interface LaunchProblem {
  /** CamelCase, for a condition. */
  readonly reason: string;
  /** A sentence that says what to do. */
  readonly message: string;
  /** Only a change of what was declared can mend it; otherwise it is looked at again after a while. */
  readonly permanent?: boolean;
  /** Somebody has to do something that wakes nobody: it is told as stalled, and looked at again after a while. */
  readonly stalled?: boolean;
}
