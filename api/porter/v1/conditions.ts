/** Condition types of getporter.org/v1 besides Ready, Reconciling and Stalled, which every kind has. */
export const CONDITIONS = {
  /** Upstream's four follow the agent's Job and are only ever True. */
  scheduled: 'Scheduled',
  started: 'Started',
  completed: 'Completed',
  failed: 'Failed',
  installationOutputSucceeded: 'InstallationOutputSucceeded',
} as const;

/** Upstream's reasons for its own conditions. */
export const UPSTREAM_REASONS = {
  Scheduled: 'JobCreated',
  Started: 'JobStarted',
  Completed: 'JobCompleted',
  Failed: 'JobFailed',
  InstallationOutputSucceeded: 'InstallationOutputCreatedSuccess',
} as const;

/** Every reason that Ready, Reconciling, Stalled and events may carry in this version, with what it means. */
export const REASONS = {
  // Nothing is wrong.
  Ready: 'everything is as declared',
  Installed: 'the bundle is installed as declared',
  Uninstalled: 'the bundle is uninstalled as declared',
  NothingUninstalled: 'there was nothing to uninstall',
  Applied: 'Porter has the set as declared',
  Succeeded: 'the action ended well',
  Configured: 'the configuration can be used',
  ExpectedInImage: 'the plugins that are named must be in the agent’s image; none is installed',
  OutputsCurrent: 'the outputs are those of the last run',
  OutputsNotShown: 'the outputs of the last run cannot be written into an InstallationOutput',
  Adopted: 'a matching record of a finished run was found and taken over',
  Superseded: 'a newer change took the place of this run before it was started',
  Orphaned: 'the object was let go; what it stood for is still there',

  // Something is being done or awaited.
  Progressing: 'a step was made and another one follows',
  Retrying: 'a request failed and is tried again',
  Installing: 'the bundle is being installed',
  Upgrading: 'the bundle is being upgraded',
  Uninstalling: 'the bundle is being uninstalled',
  Applying: 'the set is being applied',
  Deleting: 'what the object stands for is being undone',
  AgentPending: 'the agent waits for its Pod',
  AgentRunning: 'the agent runs',
  Suspended: 'spec.suspend is true: nothing is started',
  RunInProgress: 'another run of the same Porter installation has not ended',
  SetNotReady: 'a CredentialSet or ParameterSet that is used is not applied yet',
  SecretNotFound: 'a Secret or a key of it is missing',
  AgentConfigNotFound: 'the AgentConfig that is named does not exist',
  StateStoreUnavailable: 'the state store cannot be reached',
  RightsMissing: 'the operator or the agent lacks a right; the message shows the command that grants it',
  ServiceAccountNotFound: 'the ServiceAccount of the agent or bundle does not exist',
  ImagePullFailed: 'an image cannot be pulled',
  Unschedulable: 'no node takes the Pod',
  PodConfigInvalid: 'the Pod cannot be started as configured',
  PodRefused: 'the Pod was refused by the cluster, for instance by Pod Security',

  // A run failed; most of these somebody has to mend.
  RunFailed: 'the run failed',
  BundleFailed: 'the bundle ran and failed',
  AgentFailed: 'the agent failed before the bundle ran',
  BundleNotFound: 'the registry does not have the bundle',
  BundleUnusable: 'the bundle cannot be read',
  BundlePodNotStarted: 'the Pod of the bundle cannot be started',
  BundleRuntimeIncompatible: 'the Porter runtime inside the bundle does not run under Kubernetes with this agent',
  InvalidBundleReference: 'the reference names no bundle',
  RegistryUnavailable: 'the registry cannot be reached',
  RegistryUnauthorized: 'the registry refuses the credentials, or wants some',
  RegistryUntrusted: 'the certificate of the registry is not trusted',
  MissingParameter: 'a parameter that the bundle requires is not given',
  InvalidParameter: 'the value of a parameter is not what the bundle’s definition says',
  UnknownParameter: 'the bundle does not define a parameter that is given',
  ParameterUnresolved: 'the source of a parameter gives no value',
  SensitiveParameterInline: 'a parameter that the bundle calls sensitive stands in the spec, where many can read it',
  MissingCredential: 'the bundle requires a credential that no set gives',
  CredentialUnresolved: 'the source of a credential gives no value',
  CredentialSetNotFound: 'Porter has no credential set of that name',
  ParameterSetNotFound: 'Porter has no parameter set of that name',
  UnsupportedSchemaVersion: 'the agent does not support the schemaVersion',
  NotSupportedByAgent: 'the built-in agent does not support what the bundle asks for',
  StateStoreUnauthorized: 'the state store refuses the credentials',
  DeadlineExceeded: 'the run took longer than activeDeadlineSeconds',
  RunResultMissing: 'agent and bundle ended without a recorded result',
  OutcomeUnknown: 'it cannot be told how the run ended; a retry runs it again',
  ForeignRun: 'the newest run is not ours',

  // Somebody has to do something.
  InvalidSpec: 'a field is wrong in a way that the schema cannot see',
  ConflictingOwner: 'another resource owns the same thing in Porter',
  InUse: 'the set is kept for installations that could not be uninstalled without it',
  NameTaken: 'an object with the name of a child exists and is not ours',
  ServiceAccountNotAllowed: 'agents may not run as this ServiceAccount',
  DeletionPolicyInvalid: 'the deletion policy is neither delete nor orphan: nothing is destroyed until it is',
  NamespaceTerminating: 'the namespace is being deleted: nothing can run in it',
  CrdTerminating: 'the kind itself is being removed: nothing is undone',
  NoProgress: 'the same action was tried three times without a change',
} as const;

export type Reason = keyof typeof REASONS;
