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
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import {
  Admission,
  CustomResource,
  Format,
  KubernetesObject,
  ListMapKeys,
  MapOf,
  MaxProperties,
  PreserveUnknown,
  PrinterColumn,
  StatusCondition,
} from '../../../runtime/schema/index.js';
import { porterConfigProblems, porterConfigWarnings } from './porter-config.rules.js';

/** A named plugin with its configuration, as in Porter's configuration file. */
export class PluginEntry {
  /** The name by which default-storage or default-secrets refers to this entry. */
  @IsString()
  @MinLength(1)
  @MaxLength(253)
  name!: string;

  /** The plugin's key, such as mongodb or kubernetes.secrets. */
  @IsString()
  @MinLength(1)
  @MaxLength(253)
  plugin!: string;

  /** Configuration that is handed to the plugin as it is; ${secret.NAME} stands for a secret's value. */
  @IsOptional()
  @IsObject()
  @PreserveUnknown()
  config?: Record<string, unknown>;
}

/** Where Porter sends OpenTelemetry traces. */
export class TelemetryConfig {
  /** True sends traces. */
  @IsOptional()
  @IsBoolean()
  enabled?: boolean;

  /** Address of the collector, host:port. */
  @IsOptional()
  @IsString()
  endpoint?: string;

  /** Protocol of the collector: grpc or http/protobuf. */
  @IsOptional()
  @IsString()
  protocol?: string;

  /** True speaks to the collector without TLS. */
  @IsOptional()
  @IsBoolean()
  insecure?: boolean;

  /** Path in the agent of the certificate that the collector is checked against. */
  @IsOptional()
  @IsString()
  certificate?: string;

  /** Headers that are sent to the collector. */
  @IsOptional()
  @IsObject()
  @MapOf('string')
  @MaxProperties(64)
  headers?: Record<string, string>;

  /** How long to wait for the collector, such as 3s. */
  @IsOptional()
  @IsString()
  timeout?: string;

  /** Compression of what is sent, such as gzip. */
  @IsOptional()
  @IsString()
  compression?: string;

  /** How long Porter waits for the connection at its start, such as 100ms. */
  @IsOptional()
  @IsString()
  'start-timeout'?: string;

  /** Path in the agent of a file that gets the traces instead of a collector. */
  @IsOptional()
  @IsString()
  'redirect-to-file'?: string;
}

/** Porter's configuration; the field names are those of its configuration file, so that one can be pasted. */
export class PorterConfigSpec {
  /** How much Porter logs: debug, info, warning or error. */
  @IsOptional()
  @IsIn(['debug', 'info', 'warn', 'warning', 'error'])
  verbosity?: string;

  /** The Porter namespace of commands that name none. */
  @IsOptional()
  @IsString()
  @MaxLength(253)
  namespace?: string;

  /** Experimental features that are switched on. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  experimental?: string[];

  /** Driver for building bundles; nothing is built here, it is passed on. */
  @IsOptional()
  @IsString()
  'build-driver'?: string;

  /** Name of the entry of storage that Porter keeps its records in. */
  @IsOptional()
  @IsString()
  'default-storage'?: string;

  /** Name of the entry of secrets that Porter reads secrets with. */
  @IsOptional()
  @IsString()
  'default-secrets'?: string;

  /** Key of the storage plugin when no entry is chosen. */
  @IsOptional()
  @IsString()
  'default-storage-plugin'?: string;

  /** Key of the secrets plugin when no entry is chosen. */
  @IsOptional()
  @IsString()
  'default-secrets-plugin'?: string;

  /** Storage plugins with their configuration, each name once. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @ListMapKeys('name')
  @ValidateNested({ each: true })
  @Type(() => PluginEntry)
  storage?: PluginEntry[];

  /** Secrets plugins with their configuration, each name once. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @ListMapKeys('name')
  @ValidateNested({ each: true })
  @Type(() => PluginEntry)
  secrets?: PluginEntry[];

  /** Where Porter sends traces. */
  @IsOptional()
  @ValidateNested()
  @Type(() => TelemetryConfig)
  telemetry?: TelemetryConfig;
}

/** Whether the configuration can be used. */
export class PorterConfigStatus {
  /** The metadata.generation that this status speaks of. */
  @IsOptional()
  @IsInt()
  @Format('int64')
  observedGeneration?: number;

  /** State in detail: Ready, Reconciling and Stalled say where things stand and why. */
  @IsOptional()
  @IsArray()
  @ListMapKeys('type')
  @ValidateNested({ each: true })
  @Type(() => StatusCondition)
  conditions?: StatusCondition[];
}

/** Porter's configuration for all agents of this namespace, if it is named default. */
@Admission<PorterConfig>({ problems: porterConfigProblems, warnings: porterConfigWarnings })
@CustomResource({
  group: 'getporter.org',
  version: 'v1',
  kind: 'PorterConfig',
  plural: 'porterconfigs',
  scope: 'Namespaced',
  subresources: { status: true },
})
@PrinterColumn({ name: 'Storage', type: 'string', jsonPath: '.spec.default-storage' })
@PrinterColumn({ name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' })
@PrinterColumn({ name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' })
@PrinterColumn({
  name: 'Message',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  priority: 1,
})
@PrinterColumn({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' })
export class PorterConfig extends KubernetesObject {
  /** The configuration. */
  @IsOptional()
  @ValidateNested()
  @Type(() => PorterConfigSpec)
  spec?: PorterConfigSpec;

  /** Whether it can be used; written by the operator. */
  @IsOptional()
  @ValidateNested()
  @Type(() => PorterConfigStatus)
  status?: PorterConfigStatus;
}
