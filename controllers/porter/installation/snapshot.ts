import type { Installation } from '../../../api/porter/v1/installation.js';
import type {
  InstallationRecord,
  OutputRecord,
  ResultStatus,
  RunRecord,
} from '../../../integrations/porter/state/index.js';
import type { ObjectKey } from '../../../runtime/client/index.js';
import type { Snapshot } from '../../../runtime/reconciler/index.js';
import type { Condition } from '../../../runtime/status/index.js';
import type { StoredJob } from '../agent-action/launch-facts.js';
import type { LostRun, RunState } from '../../agent-run/run.js';
import type { WantedRun } from '../../agent-run/wanted-run.js';
import type { OtherRun } from '../lifecycle/run-view.js';
import type { Surroundings } from '../lifecycle/terminations.js';

/** What Porter has on record; read only when the decision depends on it. */
export type RecordView =
  | { readonly kind: 'Unread' }
  /** No store is configured: only status and exit codes are known. */
  | { readonly kind: 'NoStore' }
  | { readonly kind: 'Unavailable'; readonly message: string }
  | {
      readonly kind: 'Read';
      readonly installation?: InstallationRecord;
      readonly lastRun?: RunRecord;
      /** The newest result of that run. */
      readonly lastResult?: ResultStatus;
      readonly outputs: readonly OutputRecord[];
    };

/** The credential and parameter sets that the spec names; looked up only before a launch. */
export type SetsView =
  | { readonly kind: 'Unread' }
  /** `secrets`: the hints of every secret that the sets refer to. */
  | { readonly kind: 'Ready'; readonly secrets: readonly string[] }
  | { readonly kind: 'Waiting'; readonly reason: string; readonly message: string }
  | { readonly kind: 'Invalid'; readonly message: string };

/** A Job or Pod whose AgentAction may be gone. */
export interface Worker {
  /** The first one's kind and name. */
  readonly name: string;
  /** Bundle Jobs among them that nobody owns and that nothing ends. */
  readonly endless: readonly StoredJob[];
}

export interface InstallationSnapshot extends Snapshot<Installation>, Surroundings {
  readonly wanted: WantedRun;
  /** The wanted run: uninstall while the object is being deleted, else apply. */
  readonly run: RunState;
  /** What is known of the wanted run when its AgentAction has vanished. */
  readonly lost?: LostRun;
  /** How the AgentAction of a run that is open tells of its launch. */
  readonly launched?: LostRun;
  /** The removal of the old record that goes before the wanted run. */
  readonly purge: RunState;
  /** One that is still open, or that ended without being in status yet. */
  readonly other?: OtherRun;
  /** What works on the installation; looked for only when it is being deleted. */
  readonly worker?: Worker;
  /** Whether any run was ever asked for, as far as status and AgentActions tell. */
  readonly wasLaunched: boolean;
  /** Upstream's conditions of the AgentAction that status speaks of. */
  readonly upstream: readonly Condition[];
  /** The older Installation that names the same Porter installation. */
  readonly owner?: ObjectKey;
  readonly record: RecordView;
  readonly sets: SetsView;
}
