import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import {
  Admission,
  CelRule,
  CustomResource,
  Default,
  Format,
  Immutable,
  KubernetesObject,
  MapOf,
  MaxProperties,
  PreserveUnknown,
  PrinterColumn,
  ValueMaxLength,
} from '../../../runtime/schema/index.js';
import {
  DIGEST,
  DIGEST_MESSAGE,
  PORTER_NAME,
  PORTER_NAME_MESSAGE,
  PORTER_NAMESPACE,
  PORTER_NAMESPACE_MESSAGE,
  REPOSITORY,
  REPOSITORY_MESSAGE,
  TAG,
  TAG_MESSAGE,
  VERSION,
  VERSION_MESSAGE,
} from './formats.js';
import { installationProblems, installationWarnings } from './installation.rules.js';
import { LocalObjectReference } from './local-object-reference.js';
import { PorterResourceStatus } from './porter-resource-status.js';

/** Where the bundle is: a repository and one of digest, version or tag; the most exact one wins. */
@CelRule(
  '(has(self.digest) && self.digest != "") || (has(self.version) && self.version != "") || (has(self.tag) && self.tag != "")',
  'say which bundle of the repository: set version, digest or tag',
)
export class BundleReference {
  /** The OCI repository, such as ghcr.io/getporter/examples/porter-hello. */
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  @Matches(REPOSITORY, { message: REPOSITORY_MESSAGE })
  repository!: string;

  /** The bundle's semantic version; Porter publishes it under the tag v<version>. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  @Matches(VERSION, { message: VERSION_MESSAGE })
  version?: string;

  /** The bundle's digest, sha256:…; it wins over version and tag. */
  @IsOptional()
  @IsString()
  @MaxLength(71)
  @Matches(DIGEST, { message: DIGEST_MESSAGE })
  digest?: string;

  /** The bundle's tag, for tags that are not v<version>. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  @Matches(TAG, { message: TAG_MESSAGE })
  tag?: string;
}

/** What should be installed, and with what. */
export class InstallationSpec {
  /** Name of the AgentConfig in this namespace that says how the agent runs; without it the defaults apply. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LocalObjectReference)
  agentConfig?: LocalObjectReference;

  /** Version of Porter's installation document. */
  @Default('1.0.2')
  @IsString()
  @MaxLength(64)
  @CelRule('self == "1.0.2"', 'Porter accepts schemaVersion 1.0.2 only')
  schemaVersion!: string;

  /** The installation's name in Porter; with namespace it is the identity of what is installed. */
  @IsString()
  @MinLength(1)
  @MaxLength(253)
  @Matches(PORTER_NAME, { message: PORTER_NAME_MESSAGE })
  @Immutable('the Porter name identifies what is installed and never changes: create another Installation')
  name!: string;

  /** The namespace in Porter, which has nothing to do with Kubernetes namespaces; empty is Porter's global one. */
  @IsString()
  @MaxLength(253)
  @Matches(PORTER_NAMESPACE, { message: PORTER_NAMESPACE_MESSAGE })
  @Immutable('the Porter namespace identifies what is installed and never changes: create another Installation')
  namespace!: string;

  /** True uninstalls the bundle and keeps this resource. */
  @IsOptional()
  @IsBoolean()
  uninstalled?: boolean;

  /** The bundle to install. */
  @ValidateNested()
  @Type(() => BundleReference)
  bundle!: BundleReference;

  /** Labels of the installation in Porter; they are not Kubernetes labels. */
  @IsOptional()
  @IsObject()
  @MapOf('string')
  @MaxProperties(256)
  @ValueMaxLength(4096)
  labels?: Record<string, string>;

  /** Values for the bundle's parameters; they win over those of parameterSets. Keep secrets in parameterSets. */
  @IsOptional()
  @IsObject()
  @PreserveUnknown()
  @MaxProperties(1000)
  parameters?: Record<string, unknown>;

  /** Names in Porter of the credential sets to use; a later one wins. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(253, { each: true })
  @Matches(PORTER_NAME, { each: true, message: PORTER_NAME_MESSAGE })
  credentialSets?: string[];

  /** Names in Porter of the parameter sets to use; a later one wins. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(253, { each: true })
  @Matches(PORTER_NAME, { each: true, message: PORTER_NAME_MESSAGE })
  parameterSets?: string[];

  /** True pauses: no run is started until it is false again; a running one goes on. */
  @IsOptional()
  @IsBoolean()
  suspend?: boolean;

  /** How many finished AgentActions are kept. */
  @Default(5)
  @IsInt()
  @Format('int32')
  @Min(0)
  @Max(100)
  historyLimit?: number;

  /** What happens when the namespace is deleted, where nothing can run any more: orphan keeps Porter's record and lets go, block keeps the namespace until someone decides. */
  @Default('orphan')
  @IsIn(['orphan', 'block'])
  onNamespaceDeletion?: 'orphan' | 'block';
}

/** The bundle that is installed, as resolved. */
export class InstalledBundle {
  /** The full reference that was resolved. */
  @IsOptional()
  @IsString()
  reference?: string;

  /** The version that the bundle itself states. */
  @IsOptional()
  @IsString()
  version?: string;

  /** The digest of the bundle. */
  @IsOptional()
  @IsString()
  digest?: string;
}

/** One run in Porter's records. */
export class InstallationRun {
  /** Id of the run in the state store; runs sort by it. */
  @IsString()
  id!: string;

  /** What Porter recorded: pending, running, succeeded, failed, canceled or unknown. */
  @IsOptional()
  @IsString()
  result?: string;

  /** When the run began. */
  @IsOptional()
  @IsString()
  @Format('date-time')
  startedAt?: string;

  /** When the run ended. */
  @IsOptional()
  @IsString()
  @Format('date-time')
  finishedAt?: string;
}

/** A run that was asked for, and what was on record then: by this it is judged should its AgentAction vanish. */
export class RequestedRun {
  /** Name of the AgentAction that was created for it. */
  @IsString()
  action!: string;

  /** When it was asked for. */
  @IsString()
  @Format('date-time')
  at!: string;

  /** Id of the newest run on record then; empty if there was none, absent if no store could tell. */
  @IsOptional()
  @IsString()
  lastRunId?: string;
}

/** What is installed, and what happened to it last. */
export class InstallationStatus extends PorterResourceStatus {
  /** What Porter did last: install, upgrade or uninstall. */
  @IsOptional()
  @IsString()
  lastAction?: string;

  /** The bundle of the last run. */
  @IsOptional()
  @ValidateNested()
  @Type(() => InstalledBundle)
  bundle?: InstalledBundle;

  /** The last run of the bundle. */
  @IsOptional()
  @ValidateNested()
  @Type(() => InstallationRun)
  run?: InstallationRun;

  /** The run that has been asked for and whose end is not in this status yet. */
  @IsOptional()
  @ValidateNested()
  @Type(() => RequestedRun)
  requested?: RequestedRun;

  /** When the bundle was first installed with success. */
  @IsOptional()
  @IsString()
  @Format('date-time')
  installed?: string;

  /** When the bundle was uninstalled with success. */
  @IsOptional()
  @IsString()
  @Format('date-time')
  uninstalled?: string;
}

/** A Porter bundle that is kept installed: changing it upgrades, deleting it uninstalls. */
@Admission<Installation>({
  problems: installationProblems,
  warnings: installationWarnings,
  fromMetadata: { name: 'name', namespace: 'namespace' },
})
@CustomResource({
  group: 'getporter.org',
  version: 'v1',
  kind: 'Installation',
  plural: 'installations',
  scope: 'Namespaced',
  subresources: { status: true },
})
@PrinterColumn({ name: 'Porter Name', type: 'string', jsonPath: '.spec.name' })
@PrinterColumn({ name: 'Porter Namespace', type: 'string', jsonPath: '.spec.namespace' })
@PrinterColumn({ name: 'Last Action', type: 'string', jsonPath: '.status.action.name' })
@PrinterColumn({ name: 'Last Status', type: 'string', jsonPath: '.status.phase' })
@PrinterColumn({ name: 'Version', type: 'string', jsonPath: '.status.bundle.version' })
@PrinterColumn({ name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' })
@PrinterColumn({ name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' })
@PrinterColumn({
  name: 'Message',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  priority: 1,
})
@PrinterColumn({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' })
export class Installation extends KubernetesObject {
  /** What should be installed. */
  @ValidateNested()
  @Type(() => InstallationSpec)
  spec!: InstallationSpec;

  /** What is installed; written by the operator. */
  @IsOptional()
  @ValidateNested()
  @Type(() => InstallationStatus)
  status?: InstallationStatus;
}
