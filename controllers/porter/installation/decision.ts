import type { RunRecord } from '../../../integrations/porter/state/index.js';
import type { ObjectKey } from '../../../runtime/client/index.js';
import type { RunState } from '../../agent-run/run.js';
import type { EndedRun, OpenRun } from '../lifecycle/run-view.js';
import type { Worker } from './snapshot.js';

/** The one thing to do now. The first two are questions: observing answers them before anything is done. */
export type InstallationDecision =
  | { readonly action: 'ConsultRecord' }
  | { readonly action: 'LookUpSets' }
  | { readonly action: 'YieldToOwner'; readonly owner: ObjectKey }
  | { readonly action: 'RefuseSpec'; readonly message: string }
  | { readonly action: 'FollowRun'; readonly run: OpenRun | (RunState & { phase: 'Conflict' }) }
  | { readonly action: 'CancelRun'; readonly name: string }
  | { readonly action: 'RecordRun'; readonly run: EndedRun; readonly generation: number; readonly attempt: number }
  | { readonly action: 'ReportPurge'; readonly run: EndedRun }
  | { readonly action: 'Rest' }
  /** The outputs of the last run could not be shown before. */
  | { readonly action: 'ShowOutputs' }
  | { readonly action: 'StaySuspended' }
  | { readonly action: 'AwaitStore'; readonly message: string }
  | { readonly action: 'AwaitSets'; readonly reason: string; readonly message: string }
  | { readonly action: 'AdoptRecord' }
  | { readonly action: 'NoteNothingInstalled' }
  | { readonly action: 'LaunchApply'; readonly force: boolean; readonly secrets: readonly string[] }
  | { readonly action: 'PurgeRecord' }
  | { readonly action: 'AwaitWorker'; readonly worker: Worker }
  /** The last run has no result, and Porter counts nothing as installed. */
  | { readonly action: 'ReportUnfinished'; readonly run: Pick<RunRecord, '_id' | 'action'> }
  | { readonly action: 'LaunchUninstall'; readonly secrets: readonly string[] }
  | { readonly action: 'RefusePolicy'; readonly value: string }
  | { readonly action: 'HoldForNamespace' }
  | { readonly action: 'Orphan'; readonly reason: 'CrdTerminating' | 'NamespaceTerminating' | 'DeletionPolicy' }
  | { readonly action: 'LetGo'; readonly outcome: 'NotOurs' | 'Undone' | 'NothingInstalled' | 'InstallFailed' };
