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

/** Every reason that Ready, Reconciling and Stalled may carry in this version, with what it means. */
export const REASONS = {
  // Nothing is wrong.
  Installed: 'the bundle is installed as declared',
  Uninstalled: 'the bundle is uninstalled as declared',
  Applied: 'Porter has the set as declared',
  Succeeded: 'the action ended well',
  Configured: 'the configuration can be used',
  OutputsCurrent: 'the outputs are those of the last run',
  Adopted: 'a matching record of a finished run was found and taken over',

  // Something is being done or awaited.
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
  AgentConfigNotReady: 'the AgentConfig that is named is not ready',
  StateStoreUnavailable: 'the state store cannot be reached',
  RightsMissing: 'the operator or the agent lacks a right; the message shows the command that grants it',
  ServiceAccountNotFound: 'the ServiceAccount of the agent or bundle does not exist',
  ImagePullFailed: 'an image cannot be pulled',
  Unschedulable: 'no node takes the Pod',
  PodConfigInvalid: 'the Pod cannot be started as configured',
  PodRefused: 'the Pod was refused by the cluster, for instance by Pod Security',

  // Somebody has to do something.
  InvalidSpec: 'a field is wrong in a way that the schema cannot see',
  RunFailed: 'the bundle failed',
  BundleNotFound: 'the registry does not have the bundle',
  BundleInvalid: 'what the registry has is not a bundle that can be run',
  ParameterInvalid: 'a parameter is missing, unknown or of the wrong type',
  CredentialMissing: 'the bundle requires a credential that no set gives',
  SetNotFound: 'no credential or parameter set of that name exists',
  DeadlineExceeded: 'the run took longer than activeDeadlineSeconds',
  OutcomeUnknown: 'it cannot be told how the run ended; a retry runs it again',
  RunResultMissing: 'agent and bundle ended without a recorded result',
  ForeignRun: 'the newest run is not ours',
  InstallationConflict: 'another resource owns the same Porter installation',
  NameTaken: 'an object with the name of a child exists and is not ours',
  ServiceAccountNotAllowed: 'agents may not run as this ServiceAccount',
  DeletionPolicyInvalid: 'the deletion policy is neither delete nor orphan: nothing is destroyed until it is',
  NamespaceTerminating: 'the namespace is being deleted: nothing can run in it',
  NoProgress: 'the same action was tried three times without a change',
} as const;

export type Reason = keyof typeof REASONS;
