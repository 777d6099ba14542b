import { resourceOf } from '../../../runtime/schema/index.js';
import { AgentAction } from './agent-action.js';
import { AgentConfig } from './agent-config.js';
import { CredentialSet } from './credential-set.js';
import { InstallationOutput } from './installation-output.js';
import { Installation } from './installation.js';
import { ParameterSet } from './parameter-set.js';
import { PorterConfig } from './porter-config.js';

export const INSTALLATIONS = resourceOf(Installation);
export const CREDENTIAL_SETS = resourceOf(CredentialSet);
export const PARAMETER_SETS = resourceOf(ParameterSet);
export const AGENT_ACTIONS = resourceOf(AgentAction);
export const AGENT_CONFIGS = resourceOf(AgentConfig);
export const PORTER_CONFIGS = resourceOf(PorterConfig);
export const INSTALLATION_OUTPUTS = resourceOf(InstallationOutput);
