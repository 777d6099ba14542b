import { IsIn, IsInt, IsOptional, IsString, Matches, MaxLength, Min, MinLength } from 'class-validator';
import { Format } from './field-decorators.js';

/** One aspect of an object's state, in the form that all of Kubernetes uses. */
export class StatusCondition {
  /** The aspect in CamelCase, such as Ready; each occurs once. */
  @IsString()
  @MaxLength(316)
  @Matches(
    /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/,
  )
  type!: string;

  /** Whether the aspect holds: True, False or Unknown. */
  @IsIn(['True', 'False', 'Unknown'])
  status!: 'True' | 'False' | 'Unknown';

  /** Why, in one CamelCase word for programs. */
  @IsString()
  @MinLength(1)
  @MaxLength(1024)
  @Matches(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
  reason!: string;

  /** Why, in a sentence for people that says what to do. */
  @IsString()
  @MaxLength(32768)
  message!: string;

  /** When the status last changed from one value to another. */
  @IsString()
  @Format('date-time')
  lastTransitionTime!: string;

  /** The metadata.generation that this condition speaks of. */
  @IsOptional()
  @IsInt()
  @Format('int64')
  @Min(0)
  observedGeneration?: number;
}
