import { AgentAction } from '../../api/porter/v1/agent-action.js';
import { AgentConfig } from '../../api/porter/v1/agent-config.js';
import { CredentialSet } from '../../api/porter/v1/credential-set.js';
import { InstallationOutput } from '../../api/porter/v1/installation-output.js';
import { Installation } from '../../api/porter/v1/installation.js';
import { ParameterSet } from '../../api/porter/v1/parameter-set.js';
import { PorterConfig } from '../../api/porter/v1/porter-config.js';
import { StateRecord } from '../../api/state/v1alpha1/state-record.js';
import type { ClassOf, KubernetesObject } from '../../runtime/schema/index.js';
import type { Audience } from './roles.js';

interface UserKind {
  readonly kind: ClassOf<KubernetesObject>;
  readonly audience: Audience;
}

const EVERYBODY: Audience = { edit: true, view: true };
/** Writing one of these is running Pods of one's own choice, so an administrator hands out the right. */
const RUNS_PODS: Audience = { edit: false, view: true };
/** May hold passwords of databases. */
const ADMINISTRATORS: Audience = { edit: false, view: false };

/** The kinds that users write or read, in the order of the documentation. */
export const USER_KINDS: readonly UserKind[] = [
  { kind: Installation, audience: EVERYBODY },
  { kind: CredentialSet, audience: EVERYBODY },
  { kind: ParameterSet, audience: EVERYBODY },
  { kind: AgentAction, audience: RUNS_PODS },
  { kind: AgentConfig, audience: RUNS_PODS },
  { kind: PorterConfig, audience: ADMINISTRATORS },
  { kind: InstallationOutput, audience: EVERYBODY },
];

/** Kinds that only the programs themselves use. */
export const INTERNAL_KINDS: readonly ClassOf<KubernetesObject>[] = [StateRecord];
