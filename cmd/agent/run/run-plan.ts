import type { InstallationRecord, RunRecord, SourceMapping } from '../../../integrations/porter/state/index.js';
import type { ResolvedBundle } from '../bundle/resolved-bundle.js';

/** One run of a bundle's action, ready but for its identity. */
export interface RunPlan {
  /** As it is to be recorded, but for its inline parameters. */
  readonly installation: InstallationRecord;
  readonly action: string;
  /** Id of the last run that the decision for this one was based on; '' when there was none. */
  readonly afterRun: string;
  readonly bundle: ResolvedBundle;
  /** Typed values by name. */
  readonly parameters: ReadonlyMap<string, unknown>;
  /** Parameters that were given inline, this time or the last, as far as the action takes them. */
  readonly overrides: Readonly<Record<string, unknown>>;
  /** Where credentials come from. */
  readonly credentials: readonly SourceMapping[];
}

/** A run that has its identity: what its record says. */
export interface IdentifiedRun {
  readonly record: RunRecord;
  /** False for actions that leave no trace in the state store. */
  readonly isRecorded: boolean;
}

/** How a bundle ended. */
export interface RunEnd {
  readonly succeeded: boolean;
  /** Why it failed; nothing secret in it. */
  readonly message?: string;
  /** What the bundle printed, secrets replaced. */
  readonly log: string;
  /** Values that the bundle left, by name of the output. */
  readonly outputs: ReadonlyMap<string, Buffer>;
}
