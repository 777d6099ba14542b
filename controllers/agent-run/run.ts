import type { DeepReadonly, KubernetesJson, Stored } from '../../runtime/client/index.js';

/**
 * One run that a parent asks for. The triple (generation, attempt, step) together with the parent's uid is its
 * identity: the same request is the same run, however often it is made.
 */
export interface RunRequest {
  /** The object on whose behalf the run happens; the AgentAction lives in its namespace. */
  readonly parent: DeepReadonly<Stored<KubernetesJson>>;
  /** Kind of the parent, as in its manifests. */
  readonly parentKind: string;
  /** Which step of the parent's life this is (`apply`, `delete`, …). */
  readonly step: string;
  /** The parent's generation that the run carries out. */
  readonly generation: number;
  /** 1 for the first run of a generation and step, one more for each further one. */
  readonly attempt: number;
  /** Value of the parent's retry annotation that the run answers; '' if there is none. */
  readonly retry: string;
  /** Porter's arguments, without the leading `porter`. */
  readonly args: readonly string[];
  /** Makes the documents for the working directory, file name → text; called only when the run is really asked for. */
  readonly files: () => Readonly<Record<string, string>>;
  /** Name of an AgentConfig in the parent's namespace. */
  readonly agentConfig?: string;
  /** The parent's labels; those that are not allow-listed stay behind. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The Porter installation whose record judges the run; absent: the exit code does. */
  readonly installation?: { readonly namespace: string; readonly name: string };
  /** Hints of the secrets that the run needs (`name` or `name/key`). */
  readonly secrets?: readonly string[];
  /** False for a run that must outlive its parent's foreground deletion (what undoes is not owned). */
  readonly owned: boolean;
  /** Set when the run was asked for before and its AgentAction has vanished: it is judged before it is launched again. */
  readonly lost?: LostRun;
}

/** What must be known of a run for the case that its AgentAction vanishes. */
export interface LostRun {
  /** RFC 3339; it was not launched before this. */
  readonly startedAt: string;
  /** Newest run of the installation then, '' if none; absent when no store could tell. */
  readonly lastRunId?: string;
}

/** What is known of a run that has ended (or of one whose end cannot be known). */
export interface RunSummary {
  /** Name of the AgentAction. */
  readonly action: string;
  readonly attempt: number;
  readonly agent?: 'Porter' | 'BuiltIn';
  /** Id of the run in Porter's records; absent if none was written. */
  readonly runId?: string;
  /** RFC 3339 times of launch and end. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly exitCode?: number;
  /** What the verdict rests on. */
  readonly source?: 'StateStore' | 'ExitCode';
}

/** Where a run stands. `Unknown`: it ended (or vanished) and nobody can say how; it is never guessed. */
export type RunState =
  | { readonly phase: 'Absent' }
  | {
      readonly phase: 'Pending' | 'Running';
      readonly action: string;
      /** Why it does not get on, if it does not: CamelCase. */
      readonly reason?: string;
      readonly message?: string;
      /** It waits for somebody to change something (a refused volume, a lost outcome): no time will mend it. */
      readonly stalled?: boolean;
    }
  | { readonly phase: 'Succeeded' | 'NoOp'; readonly action: string; readonly run: RunSummary }
  | {
      readonly phase: 'Failed';
      readonly action: string;
      readonly run: RunSummary;
      readonly reason: string;
      readonly message: string;
      /** Time may mend it (an unreachable registry); a wrong document it never does. */
      readonly retryable: boolean;
    }
  | {
      readonly phase: 'Unknown';
      readonly action: string;
      readonly run: RunSummary;
      readonly reason: string;
      readonly message: string;
    }
  /** The run's name is taken by an object that is not ours. */
  | { readonly phase: 'Conflict'; readonly action: string; readonly message: string };
