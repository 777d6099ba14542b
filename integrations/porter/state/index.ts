export { LOGS_OUTPUT, SCHEMA_VERSIONS } from './documents.js';
export type {
  BundleRecord,
  CredentialSetRecord,
  InstallationRecord,
  InstallationRecordStatus,
  OutputRecord,
  ParameterSetRecord,
  ResultRecord,
  ResultStatus,
  RunRecord,
  SetStatus,
  SourceMapping,
  SourceRecord,
} from './documents.js';
export {
  ACCESS_CA_KEY,
  ACCESS_KEY_KEY,
  ACCESS_SECRET,
  MANAGER_USER,
  PORTER_DATABASE,
  STATE_STORE_PORT,
  embeddedUrl,
  tenantPassword,
} from './embedded-access.js';
export type { EmbeddedAddress } from './embedded-access.js';
export { isInstalled, isUninstalled } from './installed.js';
export type { InstallationTimes } from './installed.js';
export { openPorterState, openPorterStateServer } from './open-porter-state.js';
export type { PorterStateAddress } from './open-porter-state.js';
export { StateUnavailableError } from './porter-state.js';
export type { PorterState, PorterStateServer } from './porter-state.js';
export { newRecordId } from './record-id.js';
export { databaseOf, passwordsIn } from './store-url.js';
