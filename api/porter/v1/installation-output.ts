import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import {
  CustomResource,
  Format,
  KubernetesObject,
  ListMapKeys,
  PrinterColumn,
  StatusCondition,
  StructAtomic,
} from '../../../runtime/schema/index.js';

/** A key of a Secret in the same namespace. */
@StructAtomic()
export class SecretKeyReference {
  /** Name of the Secret. */
  @IsString()
  name!: string;

  /** The key in the Secret. */
  @IsString()
  key!: string;
}

/** Where the value of a sensitive output is. */
export class OutputValueSource {
  /** The key of the Secret that holds the value. */
  @ValidateNested()
  @Type(() => SecretKeyReference)
  secretKeyRef!: SecretKeyReference;
}

/** One output of the bundle. */
export class Output {
  /** The output's name in the bundle. */
  @IsString()
  name!: string;

  /** The output's type in the bundle: string, integer, boolean, object, file and so on. */
  @IsString()
  type!: string;

  /** True if the bundle calls it sensitive; its value is then in a Secret only. */
  @IsBoolean()
  sensitive!: boolean;

  /** The value as text; empty if it is sensitive. */
  @IsString()
  value!: string;

  /** Where the value is, if it is sensitive. */
  @IsOptional()
  @ValidateNested()
  @Type(() => OutputValueSource)
  valueFrom?: OutputValueSource;
}

/** The installation whose outputs these are. */
export class InstallationOutputSpec {
  /** The installation's name in Porter. */
  @IsOptional()
  @IsString()
  @MaxLength(253)
  name?: string;

  /** The installation's namespace in Porter. */
  @IsOptional()
  @IsString()
  @MaxLength(253)
  namespace?: string;
}

/** The outputs of the last run that gave any. */
export class InstallationOutputStatus {
  /** The metadata.generation that this status speaks of. */
  @IsOptional()
  @IsInt()
  @Format('int64')
  observedGeneration?: number;

  /** Succeeded when the outputs are here. */
  @IsOptional()
  @IsString()
  phase?: string;

  /** State in detail: Ready says whether the outputs are current, InstallationOutputSucceeded that they are here. */
  @IsOptional()
  @IsArray()
  @ListMapKeys('type')
  @ValidateNested({ each: true })
  @Type(() => StatusCondition)
  conditions?: StatusCondition[];

  /** The outputs' names, joined by commas. */
  @IsOptional()
  @IsString()
  outputNames?: string;

  /** The outputs. */
  @IsOptional()
  @IsArray()
  @ListMapKeys('name')
  @ValidateNested({ each: true })
  @Type(() => Output)
  outputs?: Output[];
}

/** The outputs of an installation; the operator creates and refreshes it. */
@CustomResource({
  group: 'getporter.org',
  version: 'v1',
  kind: 'InstallationOutput',
  plural: 'installationoutputs',
  scope: 'Namespaced',
  subresources: { status: true },
})
@PrinterColumn({ name: 'Porter Name', type: 'string', jsonPath: '.spec.name' })
@PrinterColumn({ name: 'Porter Namespace', type: 'string', jsonPath: '.spec.namespace' })
@PrinterColumn({ name: 'Phase', type: 'string', jsonPath: '.status.phase' })
@PrinterColumn({ name: 'Output Names', type: 'string', jsonPath: '.status.outputNames', priority: 1 })
@PrinterColumn({ name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' })
@PrinterColumn({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' })
export class InstallationOutput extends KubernetesObject {
  /** Whose outputs. */
  @IsOptional()
  @ValidateNested()
  @Type(() => InstallationOutputSpec)
  spec?: InstallationOutputSpec;

  /** The outputs; written by the operator. */
  @IsOptional()
  @ValidateNested()
  @Type(() => InstallationOutputStatus)
  status?: InstallationOutputStatus;
}
