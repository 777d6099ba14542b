import { Type } from 'class-transformer';
import {
  IsBase64,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { CelRule, CustomResource, KubernetesObject, PrinterColumn } from '../../../runtime/schema/index.js';

/** What a record holds. */
export const RECORD_CONTENTS = [
  'Installation',
  'Run',
  'CredentialSet',
  'ParameterSet',
  'Config',
  'Indexes',
  'Document',
  'Part',
] as const;

export type RecordContent = (typeof RECORD_CONTENTS)[number];

/** Documents of Porter's database that are kept together. */
@CelRule('self.tenant == oldSelf.tenant', 'A record belongs to its tenant for good.')
@CelRule('self.content == oldSelf.content', 'A record holds one kind of content for good.')
export class StateRecordSpec {
  /** The Kubernetes namespace whose Porter wrote the documents. */
  @IsString()
  @MaxLength(63)
  @Matches(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
  tenant!: string;

  /**
   * What the record holds: an installation, a run with its results and outputs, a credential set, a parameter set,
   * Porter's own configuration, the indexes of a collection, any other document, or a part of a large record.
   */
  @IsIn(RECORD_CONTENTS)
  content!: RecordContent;

  /** The form of the data; a store that does not know it refuses to serve the tenant. */
  @IsInt()
  @Min(1)
  schemaVersion!: number;

  /** Which key the data is encrypted with. */
  @IsString()
  @MaxLength(64)
  keyId!: string;

  /** Names the write that made this version, so that its writer recognises it when the answer was lost. */
  @IsString()
  @MaxLength(64)
  @Matches(/^[a-z0-9]+$/)
  writeId!: string;

  /** The number of further records that hold the data; 0 if it is all here. */
  @IsInt()
  @Min(0)
  @Max(64)
  parts!: number;

  /** The documents, compressed and encrypted; absent if they are in further records. */
  @IsOptional()
  @IsString()
  @IsBase64()
  @MaxLength(1000000)
  data?: string;
}

/**
 * A piece of Porter's state, kept by the state store for one tenant. It is encrypted; read it with Porter or through the
 * state store, and do not edit it.
 */
@CustomResource({
  group: 'state.getporter.org',
  version: 'v1alpha1',
  kind: 'StateRecord',
  plural: 'staterecords',
  scope: 'Namespaced',
})
@PrinterColumn({ name: 'Tenant', type: 'string', jsonPath: '.spec.tenant' })
@PrinterColumn({ name: 'Content', type: 'string', jsonPath: '.spec.content' })
@PrinterColumn({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' })
export class StateRecord extends KubernetesObject {
  /** What is kept. */
  @ValidateNested()
  @Type(() => StateRecordSpec)
  spec!: StateRecordSpec;
}
