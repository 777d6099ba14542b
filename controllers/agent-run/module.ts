import type { Newable } from 'inversify';
import { ContainerModule } from 'inversify';
import { AgentJobs } from './agent-jobs.js';
import { AgentRuns } from './agent-runs.js';
import { RunConfiguration } from './config/run-configuration.js';
import { AgentRights } from './launch/agent-rights.js';
import { LaunchChecks } from './launch/launch-checks.js';
import { LaunchPlanner } from './launch/launch-planner.js';
import { ProjectedSecrets } from './launch/projected-secrets.js';
import { SecretValues } from './launch/secret-values.js';
import { ServiceAccounts } from './launch/service-accounts.js';
import { EmbeddedStore } from './state/embedded-store.js';
import { PorterStates } from './state/porter-states.js';
import { StorePasswords } from './state/store-passwords.js';
import { StoreUrls } from './state/store-urls.js';

const PARTS: readonly Newable[] = [
  AgentJobs,
  AgentRights,
  AgentRuns,
  EmbeddedStore,
  LaunchChecks,
  LaunchPlanner,
  ProjectedSecrets,
  RunConfiguration,
  SecretValues,
  ServiceAccounts,
  StorePasswords,
  StoreUrls,
];

/** What every family that runs agents shares; needs the runtime's bindings and AgentSettings. */
export const agentRunModule = new ContainerModule(({ bind }) => {
  for (const part of PARTS) bind(part).toSelf().inSingletonScope();
  bind(PorterStates)
    .toSelf()
    .inSingletonScope()
    .onDeactivation((states: PorterStates) => states.close());
});
