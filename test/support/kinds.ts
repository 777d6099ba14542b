import {
  AGENT_ACTIONS,
  AGENT_CONFIGS,
  CREDENTIAL_SETS,
  INSTALLATION_OUTPUTS,
  INSTALLATIONS,
  PARAMETER_SETS,
  PORTER_CONFIGS,
} from '../../api/porter/v1/resources.js';
import type { Resource } from '../../runtime/client/index.js';

/** Every kind of ours. */
export const KINDS: readonly Resource[] = [
  INSTALLATIONS,
  CREDENTIAL_SETS,
  PARAMETER_SETS,
  AGENT_ACTIONS,
  AGENT_CONFIGS,
  PORTER_CONFIGS,
  INSTALLATION_OUTPUTS,
];
