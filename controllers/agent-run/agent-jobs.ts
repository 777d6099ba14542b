import { inject, injectable } from 'inversify';
import { AGENT_ACTIONS } from '../../api/porter/v1/resources.js';
import { LABELS } from '../../api/porter/v1/well-known.js';
import { StaleViewError } from '../../runtime/cache/index.js';
import type { DeepReadonly, Job, KubernetesJson, ObjectKey, Resource, Stored } from '../../runtime/client/index.js';
import {
  Client,
  JOBS,
  SECRETS,
  isAlreadyExists,
  isInvalid,
  isNotFound,
  isOwnedBy,
  keyOf,
  keyText,
} from '../../runtime/client/index.js';
import { Rbac } from '../../runtime/schema/index.js';
import type { JobLimits } from './config/effective-agent-config.js';
import { agentJob } from './job/agent-job.js';
import type { AgentRun } from './job/agent-run.js';
import { filesSecret } from './job/files-secret.js';

type Annotations = Readonly<Record<string, string>>;

/** On everything that Porter's Kubernetes driver makes. */
const DRIVER_LABEL = 'cnab.io/driver';

/** Why something could not be made. */
type NotMade =
  /** Its name is taken by an object that is not ours. */
  | { readonly kind: 'NameTaken'; readonly message: string }
  /** The API server will never take it. */
  | { readonly kind: 'Refused'; readonly reason: string; readonly message: string };

/** What came of a launch. */
export type Launched =
  | { readonly kind: 'Launched' }
  /** The run had been launched before, with these annotations on what it left; its Job is gone. */
  | { readonly kind: 'LaunchedBefore'; readonly annotations: Annotations }
  | NotMade;

/** What is remembered only saves requests, and of what is deleted early nobody is told: the oldest is forgotten. */
const MAX_REMEMBERED = 10_000;

type Made<T> = { readonly kind: 'Made'; readonly object: Stored<T & KubernetesJson> } | NotMade;

/**
 * The only place that creates Jobs. The Job comes first and the files Secret last, without which none of its containers
 * starts. So the Secret tells whether a run may have begun, even when its Job has vanished or its owner has forgotten it:
 * where it is, nothing is launched again, and where it is not although its owner is there, nothing has ever run.
 */
@injectable()
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch'] })
@Rbac({ groups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] })
@Rbac({ groups: ['getporter.org'], resources: ['agentactions'], verbs: ['get'] })
export class AgentJobs {
  /** Uids of owners that this process has just created: nobody can have launched anything for them. */
  private readonly unlaunched = new Set<string>();
  /** Keys of Jobs that have not ended and of which this process knows that their Secret is there. */
  private readonly complete = new Set<string>();

  constructor(@inject(Client) private readonly client: Client) {}

  /** Saves the first launch for this owner the look for an earlier one. */
  expect({ metadata }: DeepReadonly<Stored<KubernetesJson>>): void {
    remember(this.unlaunched, metadata.uid);
  }

  /** Creates the run's Job and then its Secret, as far as they are not there; may be repeated until both are. */
  async launch(run: AgentRun): Promise<Launched> {
    const isFirst = this.unlaunched.delete(run.owner.uid);
    const launched = (isFirst ? undefined : await this.earlier(run)) ?? (await this.make(run));
    const key = keyText({ namespace: run.namespace, name: run.names.job });
    if (launched.kind === 'Launched') remember(this.complete, key);
    else this.complete.delete(key);
    return launched;
  }

  /** Whether this process knows that nothing of the Job's launch is missing. */
  isComplete(job: ObjectKey): boolean {
    return this.complete.has(keyText(job));
  }

  /** Lets the Job go after a while, its result being recorded. */
  async release(job: DeepReadonly<Stored<Job>>, ttlSeconds: number): Promise<void> {
    this.complete.delete(keyText(keyOf(job)));
    await this.client.patch(JOBS, keyOf(job), {
      metadata: { uid: job.metadata.uid },
      spec: { ttlSecondsAfterFinished: ttlSeconds },
    });
  }

  /**
   * Gives a bundle Job, which Porter's driver leaves to itself, an owner and a deadline, and its Secret with the bundle's
   * environment goes with it. Anybody may write a Job that names a Secret: only one that the driver made is touched.
   */
  async adopt(bundleJob: DeepReadonly<Stored<Job>>, owner: AgentRun['owner'], deadlineSeconds: number): Promise<void> {
    const { name, uid } = bundleJob.metadata;
    const jobOwner = { apiVersion: 'batch/v1', kind: 'Job', name, uid };
    for (const secret of secretsOf(bundleJob)) {
      await this.adoptSecret({ namespace: bundleJob.metadata.namespace, name: secret }, jobOwner);
    }
    const patch = {
      metadata: { uid, ownerReferences: [owner] },
      spec: { activeDeadlineSeconds: bundleJob.spec?.activeDeadlineSeconds ?? deadlineSeconds },
    };
    await unlessGone(this.client.patch(JOBS, keyOf(bundleJob), patch));
  }

  /** Sees to it that a bundle Job ends and goes whose AgentAction is gone. */
  async limit({ metadata, spec }: DeepReadonly<Stored<Job>>, limits: JobLimits): Promise<void> {
    const { activeDeadlineSeconds, ttlSecondsAfterFinished } = limits;
    const patch = {
      metadata: { uid: metadata.uid },
      spec: {
        activeDeadlineSeconds: spec?.activeDeadlineSeconds ?? activeDeadlineSeconds,
        ttlSecondsAfterFinished: spec?.ttlSecondsAfterFinished ?? ttlSecondsAfterFinished,
      },
    };
    await unlessGone(this.client.patch(JOBS, keyOf({ metadata }), patch));
  }

  private async adoptSecret(key: ObjectKey, owner: AgentRun['owner']): Promise<void> {
    const found = await this.client.find(SECRETS, key);
    if (found === undefined || !isUnclaimed(found)) return;
    const { uid, resourceVersion } = found.metadata;
    await unlessGone(this.client.patch(SECRETS, key, { metadata: { uid, resourceVersion, ownerReferences: [owner] } }));
  }

  /** What the run's Secret tells, if it is there. */
  private async earlier({ namespace, names, owner }: AgentRun): Promise<Launched | undefined> {
    const files = await this.client.find(SECRETS, { namespace, name: names.files });
    if (files === undefined) return this.expectOwner(namespace, owner);
    if (!isOwnedBy(files, owner.uid)) return nameTaken(SECRETS, names.files);
    const job = await this.client.find(JOBS, { namespace, name: names.job });
    if (job === undefined) return { kind: 'LaunchedBefore', annotations: files.metadata.annotations ?? {} };
    return isOwnedBy(job, owner.uid) ? { kind: 'Launched' } : nameTaken(JOBS, names.job);
  }

  /**
   * An older view, as after a restart, may show an owner that has ended and gone since, and the Secret with it. If it is there,
   * asked after the Secret, so would be the Secret.
   */
  private async expectOwner(namespace: string, { name, uid }: AgentRun['owner']): Promise<undefined> {
    const found = await this.client.find(AGENT_ACTIONS, { namespace, name });
    if (found?.metadata.uid === uid && found.metadata.deletionTimestamp === undefined) return;
    throw new StaleViewError(`AgentAction ${name} has gone`);
  }

  private async make(run: AgentRun): Promise<Launched> {
    const job = await this.create(JOBS, agentJob(run), run.owner.uid);
    if (job.kind !== 'Made') return job;
    const files = await this.create(SECRETS, filesSecret(run), run.owner.uid);
    if (files.kind === 'Made') return { kind: 'Launched' };
    const { uid } = job.object.metadata;
    await this.client.delete(JOBS, keyOf(job.object), { uid, propagation: 'Background' });
    return files;
  }

  /** The object as it is now, made by this request or an earlier one. */
  private async create<T extends KubernetesJson>(resource: Resource<T>, object: T, owner: string): Promise<Made<T>> {
    try {
      return { kind: 'Made', object: await this.client.create(resource, object) };
    } catch (error) {
      if (isInvalid(error)) return { kind: 'Refused', reason: 'InvalidSpec', message: error.message };
      if (!isAlreadyExists(error)) throw error;
    }
    const found = await this.client.get(resource, keyOf(object));
    return isOwnedBy(found, owner) ? { kind: 'Made', object: found } : nameTaken(resource, object.metadata.name);
  }
}

function nameTaken({ kind }: Pick<Resource, 'kind'>, name: string): NotMade {
  return { kind: 'NameTaken', message: `${kind} ${name} exists and is not ours: delete or rename it` };
}

/** Made by Porter's driver for a run of ours, and left without an owner. */
function isUnclaimed({ metadata }: KubernetesJson): boolean {
  const { labels = {}, ownerReferences = [] } = metadata;
  return ownerReferences.length === 0 && (labels[LABELS.managed] === 'true' || labels[DRIVER_LABEL] === 'kubernetes');
}

function remember(set: Set<string>, value: string): void {
  set.add(value);
  for (const oldest of set) {
    if (set.size <= MAX_REMEMBERED) return;
    set.delete(oldest);
  }
}

async function unlessGone(patched: Promise<unknown>): Promise<void> {
  try {
    await patched;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function secretsOf(job: DeepReadonly<Job>): string[] {
  const sources = job.spec?.template.spec?.containers.flatMap((container) => container.envFrom ?? []) ?? [];
  return sources.flatMap(({ secretRef }) => secretRef?.name ?? []);
}
