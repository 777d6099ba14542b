export { DOCUMENT_FILES, SCHEMA_VERSIONS } from './documents.js';
export type {
  BundleParts,
  CredentialSetDocument,
  InstallationDocument,
  ParameterSetDocument,
  PluginEntry,
  PorterConfigDocument,
  SourcedValue,
  ValueSource,
} from './documents.js';
export { writeCredentialSet, writeInstallation, writeParameterSet, writePorterConfig } from './document-writer.js';
export {
  DocumentError,
  readCredentialSet,
  readInstallation,
  readParameterSet,
  readPorterConfig,
} from './document-reader.js';
export { InvalidHintError, hintOfValueKey, secretFileOf, secretSourceOf, valueKeyOf } from './secret-source.js';
export type { SecretSource } from './secret-source.js';
export {
  credentialsApply,
  credentialsDelete,
  installationApply,
  installationDelete,
  installationList,
  parametersApply,
  parametersDelete,
} from './commands.js';
export { explainFailure } from './failure.js';
export type { FailureExplanation } from './failure.js';
export { REDACTED, redact } from './redact.js';
export {
  InvalidBundleReferenceError,
  bundlePartsOf,
  bundleReferenceOf,
  bundleReferenceText,
} from './bundle-reference.js';
export {
  BundleError,
  OUTPUTS_FOLDER,
  PORTER_DEBUG,
  actionOf,
  appliesTo,
  checkBundle,
  definitionOf,
  entryOf,
  isFile,
  isInternalOutput,
  isInternalParameter,
  isSensitiveOutput,
  isSensitiveParameter,
  parseBundle,
} from './bundle.js';
export type {
  Bundle,
  BundleAction,
  BundleCredential,
  BundleImage,
  BundleOutput,
  BundleParameter,
  Definition,
  Destination,
} from './bundle.js';
export { ValueError, parameterText, resolveParameters, typedValue, valuesDigest } from './bundle-parameters.js';
export type { DigestEntry } from './bundle-parameters.js';
export { composeCredentials, credentialDestination } from './bundle-credentials.js';
