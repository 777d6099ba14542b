import { inject, injectable } from 'inversify';
import { LABELS } from '../../api/porter/v1/well-known.js';
import type { DeepReadonly, Job, KubernetesJson, ObjectKey, Resource, Stored } from '../../runtime/client/index.js';
import { Client, JOBS, SECRETS, isAlreadyExists, isInvalid, isNotFound, keyOf } from '../../runtime/client/index.js';
import { Clock } from '../../runtime/clock/index.js';
import { Rbac } from '../../runtime/schema/index.js';
import { agentJob } from './job/agent-job.js';
import type { AgentRun } from './job/agent-run.js';
import { filesSecret } from './job/files-secret.js';
import { ExpiringCache } from './launch/expiring-cache.js';

type Annotations = Readonly<Record<string, string>>;

/** A created Job is in the cache long before this. */
const RECENT_MS = 10_000;
/** On everything that Porter's Kubernetes driver makes. */
const DRIVER_LABEL = 'cnab.io/driver';

/** What came of a launch. */
export type Launched =
  | { readonly kind: 'Launched' }
  /** The run had been launched before, with these annotations on what it left; its Job may be gone. */
  | { readonly kind: 'LaunchedBefore'; readonly annotations: Annotations }
  /** The API server will never take it, or its name is taken. */
  | { readonly kind: 'Refused'; readonly reason: string; readonly message: string };

/**
 * The only place that creates Jobs. The files Secret, made just before the Job, marks a run as launched: whoever finds it
 * there does not launch again. So a run starts at most once, even when its Job has vanished or its owner has forgotten.
 */
@injectable()
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch'] })
@Rbac({ groups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'create', 'patch'] })
export class AgentJobs {
  /** Runs whose launch this process has begun and not seen the end of: it may go on with those. */
  private readonly begun = new Set<string>();
  /** Launches that the cache may not show yet. */
  private readonly recent: ExpiringCache<Launched>;

  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Clock) clock: Clock,
  ) {
    this.recent = new ExpiringCache(clock, ({ kind }) => (kind === 'Launched' ? RECENT_MS : 0));
  }

  /** Creates the run's Secret and Job, in this order. */
  launch(run: AgentRun): Promise<Launched> {
    const key = `${run.namespace}/${run.names.files}`;
    return this.recent.get(key, () => this.launchOnce(key, run));
  }

  /** Lets the Job go after a while, its result being recorded. */
  async release(job: DeepReadonly<Stored<Job>>, ttlSeconds: number): Promise<void> {
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

  private async adoptSecret(key: ObjectKey, owner: AgentRun['owner']): Promise<void> {
    const found = await this.client.find(SECRETS, key);
    if (found === undefined || !isUnclaimed(found)) return;
    const { uid, resourceVersion } = found.metadata;
    await unlessGone(this.client.patch(SECRETS, key, { metadata: { uid, resourceVersion, ownerReferences: [owner] } }));
  }

  private async launchOnce(key: string, run: AgentRun): Promise<Launched> {
    const isResumed = this.begun.has(key);
    this.begun.add(key);
    const found = await this.createOwned(SECRETS, filesSecret(run));
    if (found.kind === 'LaunchedBefore' && !isResumed) {
      this.begun.delete(key);
      return found;
    }
    const job = found.kind === 'Refused' ? found : await this.createOwned(JOBS, agentJob(run));
    this.begun.delete(key);
    return job.kind === 'LaunchedBefore' ? { kind: 'Launched' } : job;
  }

  private async createOwned<T extends KubernetesJson>(resource: Resource<T>, object: T): Promise<Launched> {
    try {
      await this.client.create(resource, object);
      return { kind: 'Launched' };
    } catch (error) {
      if (isInvalid(error)) return { kind: 'Refused', reason: 'InvalidSpec', message: error.message };
      if (!isAlreadyExists(error)) throw error;
    }
    const found = await this.client.get(resource, keyOf(object));
    if (hasOwner(found, object.metadata.ownerReferences?.[0]?.uid)) {
      return { kind: 'LaunchedBefore', annotations: found.metadata.annotations ?? {} };
    }
    const message = `${resource.kind} ${object.metadata.name} exists and is not ours: delete or rename it`;
    return { kind: 'Refused', reason: 'NameTaken', message };
  }
}

function hasOwner({ metadata }: KubernetesJson, uid: string | undefined): boolean {
  return metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

/** Made by Porter's driver for a run of ours, and left without an owner. */
function isUnclaimed({ metadata }: KubernetesJson): boolean {
  const { labels = {}, ownerReferences = [] } = metadata;
  return ownerReferences.length === 0 && (labels[LABELS.managed] === 'true' || labels[DRIVER_LABEL] === 'kubernetes');
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
