import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
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
  ExactlyOneOf,
  Format,
  Immutable,
  KubernetesObject,
  ListMapKeys,
  PrinterColumn,
} from '../../../runtime/schema/index.js';
import {
  PORTER_NAME,
  PORTER_NAME_MESSAGE,
  PORTER_NAMESPACE,
  PORTER_NAMESPACE_MESSAGE,
  SECRET_HINT,
  SECRET_HINT_MESSAGE,
  SECRET_HINT_RULE,
  SECRET_HINT_RULE_MESSAGE,
} from './formats.js';
import { LocalObjectReference } from './local-object-reference.js';
import { metadataWarnings } from './metadata.rules.js';
import { PorterResourceStatus } from './porter-resource-status.js';

/** Where the value of a parameter comes from. */
@ExactlyOneOf(
  ['secret', 'value'],
  'a parameter comes from one source: set either source.secret or source.value (env, path and command mean nothing in a cluster)',
)
export class ParameterSource {
  /** A Secret in this namespace: its name (the value is under the key value), or name/key. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(506)
  @Matches(SECRET_HINT, { message: SECRET_HINT_MESSAGE })
  @CelRule(SECRET_HINT_RULE, SECRET_HINT_RULE_MESSAGE)
  secret?: string;

  /** The value itself, as text; readable by everybody who can read this resource. */
  @IsOptional()
  @IsString()
  @MaxLength(131072)
  value?: string;
}

/** One parameter of the set. */
export class Parameter {
  /** The parameter's name in the bundle. */
  @IsString()
  @MinLength(1)
  @MaxLength(253)
  name!: string;

  /** Where its value comes from. */
  @ValidateNested()
  @Type(() => ParameterSource)
  source!: ParameterSource;
}

/** A parameter set of Porter. */
export class ParameterSetSpec {
  /** Name of the AgentConfig in this namespace that says how the agent runs; without it the defaults apply. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LocalObjectReference)
  agentConfig?: LocalObjectReference;

  /** Version of Porter's parameter set document. */
  @Default('1.0.1')
  @IsString()
  @MaxLength(64)
  @CelRule('self in ["1.0.1", "1.1.0"]', 'Porter accepts schemaVersion 1.0.1, and 1.1.0 since Porter 1.3')
  schemaVersion!: string;

  /** The set's name in Porter, as installations refer to it. */
  @IsString()
  @MinLength(1)
  @MaxLength(253)
  @Matches(PORTER_NAME, { message: PORTER_NAME_MESSAGE })
  @Immutable('the Porter name identifies the set and never changes: create another ParameterSet')
  name!: string;

  /** The namespace in Porter; empty is the global one, whose sets every namespace may use. */
  @IsString()
  @MaxLength(253)
  @Matches(PORTER_NAMESPACE, { message: PORTER_NAMESPACE_MESSAGE })
  @Immutable('the Porter namespace identifies the set and never changes: create another ParameterSet')
  namespace!: string;

  /** The parameters of the set, each name once. */
  @IsArray()
  @ArrayMaxSize(500)
  @ListMapKeys('name')
  @ValidateNested({ each: true })
  @Type(() => Parameter)
  parameters!: Parameter[];

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

/** Where the parameter set stands. */
export class ParameterSetStatus extends PorterResourceStatus {}

/** A parameter set that is kept in Porter as declared: it says where each parameter's value comes from. */
@Admission<ParameterSet>({ warnings: metadataWarnings, fromMetadata: { name: 'name', namespace: 'namespace' } })
@CustomResource({
  group: 'getporter.org',
  version: 'v1',
  kind: 'ParameterSet',
  plural: 'parametersets',
  scope: 'Namespaced',
  subresources: { status: true },
})
@PrinterColumn({ name: 'Porter Name', type: 'string', jsonPath: '.spec.name' })
@PrinterColumn({ name: 'Porter Namespace', type: 'string', jsonPath: '.spec.namespace' })
@PrinterColumn({ name: 'Last Status', type: 'string', jsonPath: '.status.phase' })
@PrinterColumn({ name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' })
@PrinterColumn({ name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' })
@PrinterColumn({
  name: 'Message',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  priority: 1,
})
@PrinterColumn({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' })
export class ParameterSet extends KubernetesObject {
  /** What the set should contain. */
  @ValidateNested()
  @Type(() => ParameterSetSpec)
  spec!: ParameterSetSpec;

  /** Where the set stands; written by the operator. */
  @IsOptional()
  @ValidateNested()
  @Type(() => ParameterSetStatus)
  status?: ParameterSetStatus;
}
