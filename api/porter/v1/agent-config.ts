import type { V1ResourceRequirements } from '@kubernetes/client-node';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import {
  Admission,
  CelRule,
  CustomResource,
  Default,
  Embedded,
  Format,
  KubernetesObject,
  MapOf,
  MaxProperties,
  PrinterColumn,
} from '../../../runtime/schema/index.js';
import { agentConfigWarnings } from './agent-config.rules.js';
import {
  OBJECT_NAME,
  OBJECT_NAME_MESSAGE,
  QUANTITY,
  QUANTITY_MESSAGE,
  REPOSITORY,
  REPOSITORY_MESSAGE,
} from './formats.js';
import { AGENTS, PorterResourceStatus } from './porter-resource-status.js';
import type { Agent } from './porter-resource-status.js';

/** One plugin of Porter. */
export class PluginSpec {
  /** Address of the Atom feed that lists the plugin's versions. */
  @IsOptional()
  @IsString()
  feedURL?: string;

  /** Address of the folder with the plugin's releases. */
  @IsOptional()
  @IsString()
  url?: string;

  /** Address of a mirror of Porter's official plugins. */
  @IsOptional()
  @IsString()
  mirror?: string;

  /** Version of the plugin; latest if absent. */
  @IsOptional()
  @IsString()
  version?: string;
}

/** Porter's document of plugins. */
export class PluginConfigFile {
  /** Version of Porter's plugins document. */
  @Default('1.0.0')
  @IsString()
  @MaxLength(64)
  @CelRule('self == "1.0.0"', 'Porter accepts schemaVersion 1.0.0 only')
  schemaVersion!: string;

  /** The plugins to install before any action, by name. */
  @IsOptional()
  @IsObject()
  @MapOf(() => PluginSpec)
  @MaxProperties(64)
  plugins?: Record<string, PluginSpec>;
}

/** How Porter gets at Secrets. */
export class AgentSecrets {
  /** Projected: the operator mounts exactly the Secrets that a run names. Plugin: Porter's own secrets plugin reads them through the API. Auto: the plugin if the PorterConfig names kubernetes.secrets, else Projected. */
  @IsOptional()
  @IsIn(['Auto', 'Projected', 'Plugin'])
  mode?: 'Auto' | 'Projected' | 'Plugin';
}

/** How agents run; a field that is absent is taken from the next wider AgentConfig, then from the operator. */
export class AgentConfigSpec {
  /** Repository of Porter's agent image; ghcr.io/getporter/porter-agent if nothing says otherwise. */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  @Matches(REPOSITORY, { message: REPOSITORY_MESSAGE })
  porterRepository?: string;

  /** Tag or digest (sha256:…) of Porter's agent image. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  @Matches(/^(sha256:[a-f0-9]{64}|[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$/, {
    message: 'porterVersion is a tag such as v1.4.0, or a digest: sha256: followed by 64 hexadecimal digits',
  })
  porterVersion?: string;

  /** ServiceAccount of the agent's Pod: default, porter-agent, or one that an administrator labelled for it. */
  @IsOptional()
  @IsString()
  @MaxLength(253)
  @Matches(OBJECT_NAME, { message: OBJECT_NAME_MESSAGE })
  serviceAccount?: string;

  /** ServiceAccount of the bundle's Pod; without it the bundle gets no token. */
  @IsOptional()
  @IsString()
  @MaxLength(253)
  @Matches(OBJECT_NAME, { message: OBJECT_NAME_MESSAGE })
  installationServiceAccount?: string;

  /** Storage class of the volume that Porter's agent and the bundle share; the cluster's default if absent. */
  @IsOptional()
  @IsString()
  @MaxLength(253)
  @Matches(OBJECT_NAME, { message: OBJECT_NAME_MESSAGE })
  storageClassName?: string;

  /** Size of the volume that Porter's agent and the bundle share; 64Mi if nothing says otherwise. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @Matches(QUANTITY, { message: QUANTITY_MESSAGE })
  volumeSize?: string;

  /** Seconds for which a finished Job is kept, counted from when its result is in the status; 600 if nothing says otherwise. */
  @IsOptional()
  @IsInt()
  @Format('int32')
  @Min(0)
  ttlSecondsAfterFinished?: number;

  /** When the agent's image is pulled: Always for the tags latest, canary and dev, else IfNotPresent. */
  @IsOptional()
  @IsIn(['Always', 'IfNotPresent', 'Never'])
  pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';

  /**
   * Without effect, accepted for compatibility: a Job is never retried by Kubernetes, nor a failed run by the operator;
   * set the annotation getporter.org/retry to a new value to run again.
   */
  @IsOptional()
  @IsInt()
  @Format('int32')
  @Min(0)
  retryLimit?: number;

  /** The plugins that Porter needs. */
  @IsOptional()
  @ValidateNested()
  @Type(() => PluginConfigFile)
  pluginConfigFile?: PluginConfigFile;

  /** Which agent runs: Porter is Porter's own image, BuiltIn the operator's. */
  @IsOptional()
  @IsIn(AGENTS)
  agent?: Agent;

  /** Seconds after which a run is ended; 3600 if nothing says otherwise. */
  @IsOptional()
  @IsInt()
  @Format('int64')
  @Min(1)
  activeDeadlineSeconds?: number;

  /** Resources of the agent's container. */
  @IsOptional()
  @Embedded('ResourceRequirements')
  resources?: V1ResourceRequirements;

  /** How Porter gets at Secrets. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AgentSecrets)
  secrets?: AgentSecrets;
}

/** Whether agents can run with this configuration. */
export class AgentConfigStatus extends PorterResourceStatus {
  /** True when everything that this configuration asks for is there. */
  @Default(false)
  @IsBoolean()
  ready!: boolean;
}

/** How agents run in this namespace; the one named default applies to all that name no other. */
@Admission<AgentConfig>({ warnings: agentConfigWarnings })
@CustomResource({
  group: 'getporter.org',
  version: 'v1',
  kind: 'AgentConfig',
  plural: 'agentconfigs',
  scope: 'Namespaced',
  subresources: { status: true },
})
@PrinterColumn({ name: 'Agent', type: 'string', jsonPath: '.spec.agent' })
@PrinterColumn({ name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' })
@PrinterColumn({ name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' })
@PrinterColumn({
  name: 'Message',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  priority: 1,
})
@PrinterColumn({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' })
export class AgentConfig extends KubernetesObject {
  /** How agents should run. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AgentConfigSpec)
  spec?: AgentConfigSpec;

  /** Whether they can; written by the operator. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AgentConfigStatus)
  status?: AgentConfigStatus;
}
