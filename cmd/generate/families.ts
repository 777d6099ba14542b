import type { Newable } from 'inversify';
import { AgentAction } from '../../api/porter/v1/agent-action.js';
import { AgentConfig } from '../../api/porter/v1/agent-config.js';
import { REASONS } from '../../api/porter/v1/conditions.js';
import { CredentialSet } from '../../api/porter/v1/credential-set.js';
import { InstallationOutput } from '../../api/porter/v1/installation-output.js';
import { Installation } from '../../api/porter/v1/installation.js';
import { ParameterSet } from '../../api/porter/v1/parameter-set.js';
import { PorterConfig } from '../../api/porter/v1/porter-config.js';
import { StateRecord } from '../../api/state/v1alpha1/state-record.js';
import { RunMetrics } from '../../controllers/porter/agent-action/run-metrics.js';
import { OutcomeMetrics } from '../../controllers/porter/lifecycle/outcome-metrics.js';
import type { ClassOf, KubernetesObject } from '../../runtime/schema/index.js';
import type { Audience } from './roles.js';

/** A kind that users write or read. */
export interface UserKind {
  readonly kind: ClassOf<KubernetesObject>;
  readonly audience: Audience;
}

/** Kinds that are switched on together, and what the generator has to know of them. */
export interface Family {
  readonly name: string;
  /** Folders of the classes whose rights it needs; another family may need some of them, too. */
  readonly folders: readonly string[];
  /** In the order of the documentation. */
  readonly kinds: readonly UserKind[];
  /** What defines metrics of its own when it is put together. */
  readonly metrics: readonly Newable[];
  /** What the reasons of conditions mean, by API version. */
  readonly reasons: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const EVERYBODY: Audience = { edit: true, view: true };
/** Writing one of these is running Pods of one's own choice, so an administrator hands out the right. */
const RUNS_PODS: Audience = { edit: false, view: true };
/** May hold passwords of databases. */
const ADMINISTRATORS: Audience = { edit: false, view: false };

const PORTER: Family = {
  name: 'porter',
  folders: ['controllers/agent-run', 'controllers/porter', 'integrations/oci', 'integrations/porter'],
  kinds: [
    { kind: Installation, audience: EVERYBODY },
    { kind: CredentialSet, audience: EVERYBODY },
    { kind: ParameterSet, audience: EVERYBODY },
    { kind: AgentAction, audience: RUNS_PODS },
    { kind: AgentConfig, audience: RUNS_PODS },
    { kind: PorterConfig, audience: ADMINISTRATORS },
    { kind: InstallationOutput, audience: EVERYBODY },
  ],
  metrics: [RunMetrics, OutcomeMetrics],
  reasons: { 'getporter.org/v1': REASONS },
};

/** In the order of the documentation. */
export const FAMILIES: readonly Family[] = [PORTER];

/** Kinds that only the programs themselves use. */
export const INTERNAL_KINDS: readonly ClassOf<KubernetesObject>[] = [StateRecord];
