import type { AgentAction } from '../../../api/porter/v1/agent-action.js';
import type { Snapshot } from '../../../runtime/reconciler/index.js';
import type { LaunchPlan } from '../../agent-run/launch/launch-planner.js';
import type { LaunchProblem } from '../../agent-run/launch/problem.js';
import type { StoredPod } from './agent-exit.js';
import type { StoredJob } from './launch-facts.js';
import type { Refusal } from './missing-pods.js';
import type { MountFailure } from './pod-problems.js';
import type { Stage } from './stage.js';
import type { Evidence } from './verdict.js';

/** Why a due run has to wait for another one, or is never launched. */
export interface Blocker {
  readonly kind: 'Busy' | 'Superseded';
  /** Name of what is in the way. */
  readonly by: string;
  /** Set when a bundle that still runs is in the way. */
  readonly job?: StoredJob;
}

/** The installation's newest run before a launch; `id` is absent when no store can tell. */
export type LastRun = { readonly id?: string; readonly problem?: undefined } | { readonly problem: LaunchProblem };

/** What is known of an AgentAction; the optional parts belong to the stages that need them. */
export interface ActionSnapshot extends Snapshot<AgentAction> {
  readonly stage: Stage;
  /** Jobs that the action owns. */
  readonly jobs: readonly StoredJob[];
  /** Jobs in which its agents run bundles. */
  readonly bundleJobs: readonly StoredJob[];
  /** Pods of all of these. */
  readonly pods: readonly StoredPod[];
  /** Due, Recorded. */
  readonly plan?: LaunchPlan;
  /** Due, Recorded, Missing. */
  readonly blocker?: Blocker;
  /** Due. */
  readonly lastRun?: LastRun;
  /** Active, Ended: why a Pod of agent or bundle that should be there is not. */
  readonly refusal?: Refusal;
  /** Active, Ended: what keeps the volumes of a Pod away that is late. */
  readonly mountFailure?: MountFailure;
  /** Ended, Missing, and Due where a run was lost: one of the two. */
  readonly evidence?: Evidence;
  readonly evidenceProblem?: LaunchProblem;
}
