import type { Newable } from 'inversify';
import { ContainerModule } from 'inversify';
import { RECONCILER } from '../../runtime/controller/index.js';
import { AgentActionReconciler } from './agent-action/agent-action.reconciler.js';
import { Blockers } from './agent-action/blockers.js';
import { ActionEffects } from './agent-action/effects.js';
import { EvidenceCollector } from './agent-action/evidence-collector.js';
import { FailureReports } from './agent-action/failure-reports.js';
import { ActionObserver } from './agent-action/observe.js';
import { RunMetrics } from './agent-action/run-metrics.js';
import { AgentConfigReconciler } from './agent-config/agent-config.reconciler.js';
import { CredentialSetReconciler } from './credential-set/credential-set.reconciler.js';
import { InstallationOutputs } from './installation-output/installation-outputs.js';
import { InstallationEnding } from './installation/installation-ending.js';
import { InstallationRecorder } from './installation/installation-recorder.js';
import { InstallationReconciler } from './installation/installation.reconciler.js';
import { InstallationObserver } from './installation/observe.js';
import { PorterRecords } from './installation/porter-records.js';
import { SetLookup } from './installation/sets.js';
import { LeftoverBundles } from './lifecycle/leftover-bundles.js';
import { StuckRuns } from './lifecycle/stuck-runs.js';
import { Terminations } from './lifecycle/terminations.js';
import { UndoRuns } from './lifecycle/undo-runs.js';
import { ParameterSetReconciler } from './parameter-set/parameter-set.reconciler.js';
import { PorterConfigReconciler } from './porter-config/porter-config.reconciler.js';
import { SetObserver } from './porter-set/observe.js';
import { SecretCheck } from './porter-set/secret-check.js';
import { SetActions } from './porter-set/set-actions.js';

/** Everything of one family that a collaborator may be asked for. */
const COLLABORATORS: readonly Newable[] = [
  ActionEffects,
  ActionObserver,
  Blockers,
  EvidenceCollector,
  FailureReports,
  InstallationEnding,
  InstallationObserver,
  InstallationOutputs,
  InstallationRecorder,
  LeftoverBundles,
  PorterRecords,
  RunMetrics,
  SecretCheck,
  SetActions,
  SetLookup,
  SetObserver,
  StuckRuns,
  Terminations,
  UndoRuns,
];

const RECONCILERS: readonly Newable[] = [
  AgentActionReconciler,
  AgentConfigReconciler,
  CredentialSetReconciler,
  InstallationReconciler,
  ParameterSetReconciler,
  PorterConfigReconciler,
];

/** The kinds of getporter.org; needs agentRunModule too. */
export const porterModule = new ContainerModule(({ bind }) => {
  for (const collaborator of COLLABORATORS) bind(collaborator).toSelf().inSingletonScope();
  for (const reconciler of RECONCILERS) bind(RECONCILER).to(reconciler).inSingletonScope();
});
