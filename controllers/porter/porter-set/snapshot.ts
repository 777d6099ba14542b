import type { ObjectKey } from '../../../runtime/client/index.js';
import type { Snapshot } from '../../../runtime/reconciler/index.js';
import type { Condition } from '../../../runtime/status/index.js';
import type { RunState } from '../../agent-run/run.js';
import type { WantedRun } from '../../agent-run/wanted-run.js';
import type { OtherRun } from '../lifecycle/run-view.js';
import type { Surroundings } from '../lifecycle/terminations.js';
import type { PorterSet } from './set-kind.js';

/** Whether Porter has the set; asked only before it is deleted there. */
export type SetRecordView =
  | { readonly kind: 'Unread' | 'NoStore' | 'Present' | 'Missing' }
  | { readonly kind: 'Unavailable'; readonly message: string };

export interface SetSnapshot<K extends PorterSet = PorterSet> extends Snapshot<K>, Surroundings {
  readonly wanted: WantedRun;
  /** The wanted run: delete while the object is being deleted, else apply. */
  readonly run: RunState;
  /** One that is still open, or that ended without being in status yet. */
  readonly other?: OtherRun;
  /** Whether any run was ever asked for, as far as status and AgentActions tell. */
  readonly wasLaunched: boolean;
  readonly upstream: readonly Condition[];
  /** The older resource that names the same set. */
  readonly owner?: ObjectKey;
  /** Names of Installations that need the set for as long as they are installed. */
  readonly users: readonly string[];
  readonly record: SetRecordView;
}
