import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import { Format, ListMapKeys, StatusCondition } from '../../../runtime/schema/index.js';
import { LocalObjectReference } from './local-object-reference.js';

/** Which program runs the bundle commands. */
export type Agent = 'Porter' | 'BuiltIn';
export const AGENTS = ['Porter', 'BuiltIn'] as const;

/** What upstream's clients read; a phase never says more than the conditions do. */
export type Phase = 'Unknown' | 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** What a generation and attempt came to; while it is there, that run is never launched again. */
export class CompletedRun {
  /** The metadata.generation whose run ended. */
  @IsInt()
  @Format('int64')
  generation!: number;

  /** The attempt that ended: 1 for the first, one more for each retry. */
  @IsInt()
  @Format('int32')
  attempt!: number;

  /** How it ended: Succeeded, Failed, NoOp (nothing had to be done) or Unknown. */
  @IsIn(['Succeeded', 'Failed', 'NoOp', 'Unknown'])
  result!: 'Succeeded' | 'Failed' | 'NoOp' | 'Unknown';
}

/** The status that everything applied through Porter shares. */
export class PorterResourceStatus {
  /** The metadata.generation that this status speaks of. */
  @IsOptional()
  @IsInt()
  @Format('int64')
  observedGeneration?: number;

  /** The AgentAction that runs, or ran last, for this resource. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LocalObjectReference)
  action?: LocalObjectReference;

  /** Where the current action stands: Unknown, Pending, Running, Succeeded or Failed. */
  @IsOptional()
  @IsString()
  phase?: string;

  /** State in detail: Ready, Reconciling and Stalled say where things stand and why; Scheduled, Started, Completed and Failed follow the agent's Job. */
  @IsOptional()
  @IsArray()
  @ListMapKeys('type')
  @ValidateNested({ each: true })
  @Type(() => StatusCondition)
  conditions?: StatusCondition[];

  /** The agent that serves this resource; recorded at the first run and never switched by itself. */
  @IsOptional()
  @IsIn(AGENTS)
  agent?: Agent;

  /** The current attempt: 1 for the first, one more for each new value of the annotation getporter.org/retry. */
  @IsOptional()
  @IsInt()
  @Format('int32')
  attempt?: number;

  /** The value of the annotation getporter.org/retry that was last acted on. */
  @IsOptional()
  @IsString()
  retry?: string;

  /** The last finished run; it is not started again without a new generation or retry. */
  @IsOptional()
  @ValidateNested()
  @Type(() => CompletedRun)
  completed?: CompletedRun;

  /** The last line of the error of the last failed run, with secret values removed. */
  @IsOptional()
  @IsString()
  lastError?: string;
}
