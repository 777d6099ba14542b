/** Names of getporter.org/v1 that are seen on the wire; they are upstream's unless said otherwise. */

/** Keeps an object until what it stands for is undone. */
export const FINALIZER = 'getporter.org/finalizer';

/** Annotations that users set. */
export const ANNOTATIONS = {
  /** Any new value runs again, once. */
  retry: 'getporter.org/retry',
  /** `delete` (default) uninstalls when the object is deleted, `orphan` leaves everything as it is. */
  deletionPolicy: 'getporter.org/deletion-policy',
} as const;

/** Labels on what the operator creates. */
export const LABELS = {
  managed: 'getporter.org/managed',
  resourceKind: 'getporter.org/resourceKind',
  resourceName: 'getporter.org/resourceName',
  resourceGeneration: 'getporter.org/resourceGeneration',
  retry: 'getporter.org/retry',
  jobType: 'getporter.org/jobType',
  secretType: 'getporter.org/secretType',
  /** Ours: which Porter installation the run works on that this was made for, as a hash. */
  installation: 'getporter.org/installation',
} as const;

/** Values of {@link LABELS.jobType}. */
export const JOB_TYPES = { agent: 'porter-agent', bundle: 'bundle-installer' } as const;

/** Values of {@link LABELS.secretType}. */
export const SECRET_TYPES = { config: 'porter-config' } as const;

/** Values of {@link ANNOTATIONS.deletionPolicy}, compared without regard to case. */
export const DELETION_POLICIES = { delete: 'delete', orphan: 'orphan' } as const;
export type DeletionPolicy = (typeof DELETION_POLICIES)[keyof typeof DELETION_POLICIES];

/** Objects that are found by their name. */
export const WELL_KNOWN_NAMES = {
  operatorNamespace: 'porter-operator-system',
  defaultConfig: 'default',
  agentServiceAccount: 'porter-agent',
  /** Secret whose keys become environment of every agent, if it exists. */
  agentEnvSecret: 'porter-env',
} as const;

/** An administrator's label (ours) on a ServiceAccount that agents may run as; its value is `true`. */
export const AGENT_SERVICE_ACCOUNT_LABEL = 'getporter.org/agent-service-account';
