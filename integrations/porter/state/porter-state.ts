import type {
  CredentialSetRecord,
  InstallationRecord,
  OutputRecord,
  ParameterSetRecord,
  ResultRecord,
  RunRecord,
} from './documents.js';

/** The database did not answer in time, or refused; nothing is known, and nothing may be concluded. */
export class StateUnavailableError extends Error {
  override readonly name = 'StateUnavailableError';
}

/**
 * Porter's database as one tenant sees it. `namespace` is Porter's, not Kubernetes'. Every method throws
 * {@link StateUnavailableError} when the database cannot be reached within the deadline.
 */
export interface PorterState {
  /** Succeeds when the database answers. */
  ping(): Promise<void>;
  installation(namespace: string, name: string): Promise<InstallationRecord | undefined>;
  /** Installations of one Porter namespace, by name. */
  installations(namespace: string): Promise<InstallationRecord[]>;
  /** The newest run. */
  lastRun(namespace: string, name: string): Promise<RunRecord | undefined>;
  run(id: string): Promise<RunRecord | undefined>;
  /** Runs newer than `runId` (`''`: all), oldest first. */
  runsAfter(namespace: string, name: string, runId: string): Promise<RunRecord[]>;
  /** The log of a run, oldest first. */
  results(runId: string): Promise<ResultRecord[]>;
  /** The latest value of each output over all runs, by name. */
  outputs(namespace: string, name: string): Promise<OutputRecord[]>;
  /** Looked up in the namespace first, then in Porter's global one. */
  credentialSet(namespace: string, name: string): Promise<CredentialSetRecord | undefined>;
  /** Looked up in the namespace first, then in Porter's global one. */
  parameterSet(namespace: string, name: string): Promise<ParameterSetRecord | undefined>;

  /** Creates or replaces, by (namespace, name). */
  putInstallation(record: InstallationRecord): Promise<void>;
  /** Creates or replaces, by id. */
  putRun(record: RunRecord): Promise<void>;
  /** Appends to the log of a run; the same id again is success. */
  addResult(record: ResultRecord): Promise<void>;
  /** Adds a value; the same (resultId, name) again is success. */
  addOutput(record: OutputRecord): Promise<void>;
  /** Creates or replaces, by (namespace, name). */
  putCredentialSet(record: CredentialSetRecord): Promise<void>;
  /** Creates or replaces, by (namespace, name). */
  putParameterSet(record: ParameterSetRecord): Promise<void>;
  /** Removes the installation with its runs, results and outputs; absent is success. */
  deleteInstallation(namespace: string, name: string): Promise<void>;
  /** Removes the set of exactly this namespace; absent is success. */
  deleteCredentialSet(namespace: string, name: string): Promise<void>;
  /** Removes the set of exactly this namespace; absent is success. */
  deleteParameterSet(namespace: string, name: string): Promise<void>;

  /** Ends the connections. */
  close(): Promise<void>;
}

/** Connections to one database server, shared by the views of its tenants. */
export interface PorterStateServer {
  /** The view of the tenant that keeps its documents in this database; its `close` does nothing. */
  tenant(database: string): PorterState;
  close(): Promise<void>;
}
