import type { V1EnvFromSource, V1EnvVar, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
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
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import {
  Admission,
  AtLeastOneOf,
  CelRule,
  CustomResource,
  Embedded,
  Format,
  KubernetesObject,
  ListMapKeys,
  MapOf,
  MaxProperties,
  PrinterColumn,
  StatusCondition,
} from '../../../runtime/schema/index.js';
import { agentActionProblems, agentActionWarnings } from './agent-action.rules.js';
import {
  PORTER_NAME,
  PORTER_NAME_MESSAGE,
  PORTER_NAMESPACE,
  PORTER_NAMESPACE_MESSAGE,
  SECRET_HINT,
  SECRET_HINT_MESSAGE,
  SECRET_HINT_RULE_MESSAGE,
} from './formats.js';
import { LocalObjectReference } from './local-object-reference.js';
import { AGENTS } from './porter-resource-status.js';
import type { Agent } from './porter-resource-status.js';

/** Characters; Linux runs nothing with an argument of 128 KiB or more. */
const MAX_ARGUMENT = 131071;

/** The Porter installation that an action works on. */
export class PorterInstallationReference {
  /** The namespace in Porter; empty is the global one. */
  @IsString()
  @MaxLength(253)
  @Matches(PORTER_NAMESPACE, { message: PORTER_NAMESPACE_MESSAGE })
  namespace!: string;

  /** The installation's name in Porter. */
  @IsString()
  @MinLength(1)
  @MaxLength(253)
  @Matches(PORTER_NAME, { message: PORTER_NAME_MESSAGE })
  name!: string;
}

/** One command of Porter and what it needs to run. */
@AtLeastOneOf(['args', 'command'], 'say what to run: set args to the arguments of porter, without porter itself')
export class AgentActionSpec {
  /** Name of the AgentConfig in this namespace that says how the agent runs; without it the defaults apply. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LocalObjectReference)
  agentConfig?: LocalObjectReference;

  /** Replaces the entrypoint of the agent's image. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  @MaxLength(MAX_ARGUMENT, { each: true })
  command?: string[];

  /** Arguments of porter, without porter itself: [invoke, NAME, --action, status, -n, NAMESPACE]. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(256)
  @IsString({ each: true })
  @MaxLength(MAX_ARGUMENT, { each: true })
  @CelRule('self.map(arg, size(arg)).sum() <= 524288', 'args are more than 512 KiB in all: put long ones into files')
  args?: string[];

  /** Files in the agent's working directory: file name to content in base64. */
  @IsOptional()
  @IsObject()
  @MapOf('byte')
  @MaxProperties(64)
  @CelRule(
    'self.all(name, name.matches("^[-._a-zA-Z0-9]{1,253}$") && name != "." && !name.startsWith(".."))',
    'a file name has letters, digits, dots, dashes and underscores, no slash, and does not begin with two dots',
  )
  files?: Record<string, string>;

  /** Environment of the agent, after the operator's own. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(256)
  @Embedded('EnvVar')
  @CelRule(
    '!self.exists(e, e.name in ["LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "NODE_OPTIONS", "PATH"])',
    'LD_PRELOAD, LD_LIBRARY_PATH, LD_AUDIT, NODE_OPTIONS and PATH decide what code runs in the agent and cannot be set',
  )
  env?: V1EnvVar[];

  /** ConfigMaps and Secrets whose keys become the agent's environment, after the optional Secret porter-env. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @Embedded('EnvFromSource')
  envFrom?: V1EnvFromSource[];

  /** Where volumes are mounted in the agent. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @ListMapKeys('mountPath')
  @Embedded('VolumeMount')
  volumeMounts?: V1VolumeMount[];

  /** Volumes of the agent's Pod, besides the operator's own. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @ListMapKeys('name')
  @Embedded('Volume')
  @CelRule(
    '!self.exists(v, has(v.hostPath))',
    'hostPath reaches into the node and is refused: use a configMap, secret, emptyDir, ephemeral or persistentVolumeClaim',
  )
  @CelRule(
    '!self.exists(v, has(v.awsElasticBlockStore) || has(v.azureDisk) || has(v.azureFile) || has(v.cephfs) || has(v.cinder) || has(v.fc) || has(v.flexVolume) || has(v.flocker) || has(v.gcePersistentDisk) || has(v.gitRepo) || has(v.glusterfs) || has(v.iscsi) || has(v.nfs) || has(v.photonPersistentDisk) || has(v.portworxVolume) || has(v.quobyte) || has(v.rbd) || has(v.scaleIO) || has(v.storageos) || has(v.vsphereVolume))',
    'volumes that name a storage system directly are refused: claim it with a persistentVolumeClaim',
  )
  @CelRule(
    '!self.exists(v, v.name in ["porter-shared", "porter-config", "porter-workdir", "img-pull-secret"])',
    'porter-shared, porter-config, porter-workdir and img-pull-secret are volumes of the operator: choose another name',
  )
  volumes?: V1Volume[];

  /** The Porter installation whose record in the state store decides how this action ended; without it the exit code does. */
  @IsOptional()
  @ValidateNested()
  @Type(() => PorterInstallationReference)
  installation?: PorterInstallationReference;

  /** Secrets of this namespace that Porter may read: name (its key value), or name/key. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(500)
  @IsString({ each: true })
  @MaxLength(506, { each: true })
  @Matches(SECRET_HINT, { each: true, message: SECRET_HINT_MESSAGE })
  @CelRule('!self.exists(hint, hint.split("/").exists(part, part == "." || part == ".."))', SECRET_HINT_RULE_MESSAGE)
  secrets?: string[];
}

/** How an action ended, and who says so. */
export class Verdict {
  /** Who says so: the record in the state store, or the agent's exit code where no store is known. */
  @IsIn(['StateStore', 'ExitCode'])
  source!: 'StateStore' | 'ExitCode';

  /** How it ended; NoOp: nothing had to be done; Unknown: it cannot be told and is never guessed. */
  @IsIn(['Succeeded', 'Failed', 'NoOp', 'Unknown'])
  result!: 'Succeeded' | 'Failed' | 'NoOp' | 'Unknown';

  /** Why, in one CamelCase word. */
  @IsString()
  reason!: string;

  /** Why, in a sentence; secret values are removed. */
  @IsString()
  message!: string;

  /** True when time alone may mend a failure, such as a registry that cannot be reached. */
  @IsOptional()
  @IsBoolean()
  retryable?: boolean;
}

/** Where the action stands. */
export class AgentActionStatus {
  /** The metadata.generation that this status speaks of. */
  @IsOptional()
  @IsInt()
  @Format('int64')
  observedGeneration?: number;

  /** The Job that runs, or ran, the agent. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LocalObjectReference)
  job?: LocalObjectReference;

  /** Where the action stands: Unknown, Pending, Running, Succeeded or Failed. */
  @IsOptional()
  @IsString()
  phase?: string;

  /** State in detail: Ready, Reconciling and Stalled say where things stand and why; Scheduled, Started, Completed and Failed follow the Job. */
  @IsOptional()
  @IsArray()
  @ListMapKeys('type')
  @ValidateNested({ each: true })
  @Type(() => StatusCondition)
  conditions?: StatusCondition[];

  /** The current attempt: 1 for the first, one more for each retry. */
  @IsOptional()
  @IsInt()
  @Format('int32')
  attempt?: number;

  /** The value of the annotation getporter.org/retry that was last acted on. */
  @IsOptional()
  @IsString()
  retry?: string;

  /** The agent that runs this action. */
  @IsOptional()
  @IsIn(AGENTS)
  agent?: Agent;

  /** Id of the installation's newest run before the launch; empty if there was none. A newer run is this action's. */
  @IsOptional()
  @IsString()
  lastRunId?: string;

  /** Id of this action's run in the state store. */
  @IsOptional()
  @IsString()
  runId?: string;

  /** When the agent began. */
  @IsOptional()
  @IsString()
  @Format('date-time')
  startedAt?: string;

  /** When the agent ended. */
  @IsOptional()
  @IsString()
  @Format('date-time')
  finishedAt?: string;

  /** The agent's exit code. */
  @IsOptional()
  @IsInt()
  @Format('int32')
  exitCode?: number;

  /** How the action ended; once it is here, the action does not run again without a retry. */
  @IsOptional()
  @ValidateNested()
  @Type(() => Verdict)
  verdict?: Verdict;
}

/** One run of a Porter command in an agent Job. Who may create one may run Pods in this namespace. */
@Admission<AgentAction>({ problems: agentActionProblems, warnings: agentActionWarnings })
@CustomResource({
  group: 'getporter.org',
  version: 'v1',
  kind: 'AgentAction',
  plural: 'agentactions',
  scope: 'Namespaced',
  subresources: { status: true },
})
@PrinterColumn({ name: 'Installation', type: 'string', jsonPath: '.spec.installation.name' })
@PrinterColumn({ name: 'Phase', type: 'string', jsonPath: '.status.phase' })
@PrinterColumn({ name: 'Result', type: 'string', jsonPath: '.status.verdict.result' })
@PrinterColumn({ name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' })
@PrinterColumn({ name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' })
@PrinterColumn({
  name: 'Message',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  priority: 1,
})
@PrinterColumn({ name: 'Job', type: 'string', jsonPath: '.status.job.name', priority: 1 })
@PrinterColumn({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' })
export class AgentAction extends KubernetesObject {
  /** What to run. */
  @ValidateNested()
  @Type(() => AgentActionSpec)
  spec!: AgentActionSpec;

  /** What became of it; written by the operator. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AgentActionStatus)
  status?: AgentActionStatus;
}
