/**
 * Porter's documents, with fields named as Porter names them in its database. Times are RFC 3339 strings (Porter writes
 * nanoseconds); ids are ULIDs, so order by id is order by time.
 */

/** Where Porter takes a value from: one key of `secret | value | env | path | command`, and what it names. */
export type SourceRecord = Readonly<Record<string, string>>;

/** One entry of a credential set or parameter set. */
export interface SourceMapping {
  name: string;
  source: SourceRecord;
}

/** When a set was made and changed; Porter leaves out what it does not know. */
export interface SetStatus {
  created?: string;
  modified?: string;
}

/** A named list of credentials; `namespace` is Porter's, `''` is its global one. */
export interface CredentialSetRecord {
  schemaType?: string;
  schemaVersion: string;
  namespace: string;
  name: string;
  labels?: Record<string, string>;
  credentials: SourceMapping[];
  status: SetStatus;
}

/** A named list of parameters; also embedded in installations and runs for what was given inline. */
export interface ParameterSetRecord {
  schemaType?: string;
  schemaVersion: string;
  namespace: string;
  name: string;
  labels?: Record<string, string>;
  parameters: SourceMapping[];
  status: SetStatus;
}

/** The bundle that an installation asks for: `version` without `v`, `digest` as `sha256:…`, or a `tag`. */
export interface BundleRecord {
  repository: string;
  version?: string;
  digest?: string;
  tag?: string;
}

/** What the last run left; everything is `''` (times null) before the first one. */
export interface InstallationRecordStatus {
  runId: string;
  action: string;
  resultId: string;
  resultStatus: ResultStatus | '';
  created: string;
  modified: string;
  installed: string | null;
  uninstalled: string | null;
  bundleReference: string;
  bundleVersion: string;
  bundleDigest: string;
}

/** An installation as Porter keeps it. `uninstalled: true` is the wish that it be uninstalled. */
export interface InstallationRecord {
  schemaType: 'Installation';
  schemaVersion: string;
  id: string;
  namespace: string;
  name: string;
  uninstalled?: boolean;
  bundle: BundleRecord;
  custom?: unknown;
  labels?: Record<string, string>;
  credentialSets?: string[] | null;
  parameterSets?: string[] | null;
  parameters: ParameterSetRecord;
  status: InstallationRecordStatus;
}

/** One execution of an action. `_id` is the run's id; `revision` is what the bundle Job carries. */
export interface RunRecord {
  _id: string;
  schemaVersion: string;
  namespace: string;
  installation: string;
  revision: string;
  action: string;
  created: string;
  modified: string;
  /** bundle.json as text. */
  bundle: string;
  bundleReference: string;
  bundleDigest: string;
  /** The resolved parameters; sensitive ones name a secret as their source. */
  parameters: ParameterSetRecord;
  parameterOverrides: ParameterSetRecord;
  parameterSets: string[] | null;
  parametersDigest: string;
  credentials: CredentialSetRecord;
  credentialSets: string[] | null;
  credentialsDigest: string;
  custom: unknown;
}

/** Porter's words for how far a run is; `unknown` is written by a driver that lost sight of its run. */
export type ResultStatus = 'running' | 'succeeded' | 'failed' | 'pending' | 'canceled' | 'unknown';

/** One entry in the log of a run; the newest by `_id` counts. */
export interface ResultRecord {
  _id: string;
  schemaVersion: string;
  namespace: string;
  installation: string;
  runId: string;
  created: string;
  status: ResultStatus;
  message?: string;
  custom?: unknown;
  /** What Porter knows about each output besides its value, by name. */
  outputs: Record<string, { contentDigest?: string; generatedByBundle?: string }> | null;
}

/** One value that a run gave. A sensitive one has no value but the `key` under which the secrets plugin keeps it. */
export interface OutputRecord {
  schemaVersion: string;
  namespace: string;
  installation: string;
  runId: string;
  resultId: string;
  name: string;
  /** base64, or null when `key` is set. */
  value: string | null;
  key: string;
}

/** The output that holds the log of a run's bundle. */
export const LOGS_OUTPUT = 'io.cnab.outputs.invocationImageLogs';

/** Schema versions that Porter 1.x writes and accepts. */
export const SCHEMA_VERSIONS = { installation: '1.0.2', credentialSet: '1.0.1', parameterSet: '1.1.0' } as const;
