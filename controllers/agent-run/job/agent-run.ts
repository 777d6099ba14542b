import type { V1EnvFromSource, V1EnvVar, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { DeepReadonly, OwnerReference, Pod } from '../../../runtime/client/index.js';
import type { EffectiveAgentConfig } from '../config/effective-agent-config.js';
import type { SecretProjection } from '../launch/projected-secrets.js';

export type PodSpec = NonNullable<Pod['spec']>;
export type Volume = NonNullable<PodSpec['volumes']>[number];

/** Names of what one run creates. */
export interface RunNames {
  readonly job: string;
  /** The Secret with the run's configuration and documents. */
  readonly files: string;
}

/** One launch of an agent, complete: nothing more is looked up to write its Secret and Job. */
export interface AgentRun {
  readonly namespace: string;
  /** Whom the Job and the Secret belong to. */
  readonly owner: Required<Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>>;
  readonly names: RunNames;
  /** On everything that is made for the run, the bundle's Job included. */
  readonly labels: Readonly<Record<string, string>>;
  /** Facts about the launch that must survive the owner's status. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly config: EffectiveAgentConfig;
  /** Image of the side programs that restore and keep secret values. */
  readonly operatorImage: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Files of the working directory, base64. */
  readonly documents: Readonly<Record<string, string>>;
  readonly env?: DeepReadonly<V1EnvVar[]>;
  readonly envFrom?: DeepReadonly<V1EnvFromSource[]>;
  readonly volumes?: DeepReadonly<V1Volume[]>;
  readonly volumeMounts?: DeepReadonly<V1VolumeMount[]>;
  /** config.yaml. */
  readonly porterConfig: string;
  /** CA (PEM) of the state store. */
  readonly ca?: string;
  /** Registry logins, as Docker writes them. */
  readonly dockerConfig?: string;
  /** Absent when a plugin of Porter reads secrets. */
  readonly secrets?: {
    readonly files: readonly SecretProjection[];
    /** Secret in which values that Porter makes are kept for the installation's next run. */
    readonly kept?: string;
  };
}
