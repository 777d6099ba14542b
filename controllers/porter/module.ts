import type { Newable } from 'inversify';
import { ContainerModule } from 'inversify';
import { AgentAction } from '../../api/porter/v1/agent-action.js';
import { AgentConfig } from '../../api/porter/v1/agent-config.js';
import { CredentialSet } from '../../api/porter/v1/credential-set.js';
import { Installation } from '../../api/porter/v1/installation.js';
import { ParameterSet } from '../../api/porter/v1/parameter-set.js';
import { PorterConfig } from '../../api/porter/v1/porter-config.js';
import { RECONCILER } from '../../runtime/controller/index.js';
import type { ClassOf } from '../../runtime/schema/index.js';
import { ADMITTED } from '../../runtime/webhook/index.js';
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
import { OutcomeMetrics } from './lifecycle/outcome-metrics.js';
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
  OutcomeMetrics,
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

/** Kinds with rules for admission. */
const ADMITTED_KINDS: readonly ClassOf[] = [
  AgentAction,
  AgentConfig,
  CredentialSet,
  Installation,
  ParameterSet,
  PorterConfig,
];

/** The kinds of getporter.org; needs agentRunModule too. */
export const porterModule = new ContainerModule(({ bind }) => {
  for (const collaborator of COLLABORATORS) bind(collaborator).toSelf().inSingletonScope();
  for (const reconciler of RECONCILERS) bind(RECONCILER).to(reconciler).inSingletonScope();
  for (const kind of ADMITTED_KINDS) bind(ADMITTED).toConstantValue(kind);
});
