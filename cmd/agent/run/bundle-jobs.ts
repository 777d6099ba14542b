import { randomBytes } from 'node:crypto';
import {
  JOBS,
  PODS,
  SECRETS,
  isAlreadyExists,
  isConflict,
  isInvalid,
  isNotFound,
  isTransient,
  type Client,
  type ObjectKey,
  type Pod,
  type Secret,
  type Job,
  type Stored,
} from '../../../runtime/client/index.js';
import type { AgentOptions } from '../options.js';
import { INVOCATION_CONTAINER, OUTPUTS_CONTAINER, bundleJob, type BundleJobRequest } from './bundle-job.js';
import {
  ANNOTATIONS,
  DRIVER_LABEL,
  bundleJobName,
  installationText,
  isFinished,
  isWaiting,
  type Claimant,
} from './run-claim.js';

type Installation = BundleJobRequest['installation'];

const INVOCATION_LOG_LIMIT = 4 << 20;
const OUTPUTS_LOG_LIMIT = 16 << 20;
const DRIVER_SELECTOR = Object.entries(DRIVER_LABEL)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

/** The Kubernetes side of runs: Jobs of bundles, their Secrets, Pods and logs. */
export class BundleJobs {
  constructor(
    private readonly client: Client,
    private readonly options: AgentOptions,
  ) {}

  get claimant(): Claimant {
    return { jobName: this.options.jobName, uid: this.options.agentAction?.uid ?? '' };
  }

  /** The bundle Job that this agent Job has created before, in this Pod or another one. */
  async own(installation: Installation): Promise<Stored<Job> | undefined> {
    return this.client.find(JOBS, this.key(bundleJobName(this.claimant, installation)));
  }

  /** Bundle Jobs of the same installation that other agents started and that have not ended. */
  async othersAlive(installation: Installation): Promise<Stored<Job>[]> {
    const jobs = await this.client.list(JOBS, { namespace: this.options.namespace, labelSelector: DRIVER_SELECTOR });
    const own = bundleJobName(this.claimant, installation);
    return jobs.filter(
      (job) =>
        job.metadata.name !== own &&
        job.metadata.annotations?.[ANNOTATIONS.installation] === installationText(installation) &&
        !isFinished(job),
    );
  }

  /** The bundle Job of a run, by the identity it carries. */
  async ofRun(runId: string): Promise<Stored<Job> | undefined> {
    const jobs = await this.client.list(JOBS, { namespace: this.options.namespace, labelSelector: DRIVER_SELECTOR });
    return jobs.find((job) => job.metadata.annotations?.[ANNOTATIONS.run] === runId);
  }

  /** A name for a run's Secrets that no earlier attempt has used, so that none is collected together with that. */
  newSecretName(jobName: string): string {
    return `${jobName}-${randomBytes(3).toString('hex')}`;
  }

  /** Creates the suspended Job; undefined when the name is taken: somebody else has the claim. */
  async claim(request: BundleJobRequest): Promise<Stored<Job> | undefined> {
    try {
      return await this.client.create(JOBS, bundleJob(request, this.options));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      // The reply to our own request may have been lost.
      const job = await this.find(request.name);
      const isOurs = job !== undefined && isWaiting(job) && packedSecret(job) === request.inputsSecret;
      return isOurs ? job : undefined;
    }
  }

  /** Lets the claimed run begin: its Secrets first, then the Job. False: the claim was lost meanwhile. */
  async start(job: Stored<Job>, secrets: readonly Secret[], deadlineSeconds: number): Promise<boolean> {
    for (const secret of secrets) await this.createSecret(job, secret);
    // Held by uid and not by version: the Job controller has written into the status of the new Job meanwhile.
    const { uid } = job.metadata;
    const patch = { metadata: { uid }, spec: { suspend: false, activeDeadlineSeconds: deadlineSeconds } };
    try {
      await this.client.patch(JOBS, this.keyOf(job), patch);
      return true;
    } catch (error) {
      if (await this.isLost(job)) return false;
      throw error;
    }
  }

  /** Gives a started Job up whose Pod cannot start. */
  async abandon(job: Stored<Job>): Promise<void> {
    await this.client.delete(JOBS, this.keyOf(job), { uid: job.metadata.uid, propagation: 'Background' });
  }

  /** Takes a claim back that nothing has come of; one that has been started meanwhile stays. */
  async release(job: Stored<Job>): Promise<void> {
    const { uid } = job.metadata;
    for (let current = await this.find(job.metadata.name); current !== undefined;) {
      if (current.metadata.uid !== uid || !isWaiting(current)) return;
      const { resourceVersion } = current.metadata;
      try {
        await this.client.delete(JOBS, this.keyOf(job), { uid, resourceVersion, propagation: 'Background' });
        return;
      } catch (error) {
        if (!isConflict(error)) throw error;
        current = await this.find(job.metadata.name);
      }
    }
  }

  /** Gives a Job that was left without one a deadline, counted from its start. */
  async bound(job: Stored<Job>, deadlineSeconds: number, now: number): Promise<void> {
    if (job.spec?.activeDeadlineSeconds !== undefined) return;
    const running = (now - Date.parse(job.status?.startTime ?? job.metadata.creationTimestamp)) / 1000;
    const patch = { spec: { activeDeadlineSeconds: Math.ceil(running) + deadlineSeconds } };
    await this.client.patch(JOBS, this.keyOf(job), patch);
  }

  async find(name: string): Promise<Stored<Job> | undefined> {
    return this.client.find(JOBS, this.key(name));
  }

  /** The newest Pod of a Job. */
  async podOf(job: Stored<Job>): Promise<Stored<Pod> | undefined> {
    const labelSelector = `batch.kubernetes.io/job-name=${job.metadata.name}`;
    const pods = await this.client.list(PODS, { namespace: this.options.namespace, labelSelector });
    return pods.sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))[0];
  }

  /** What the bundle printed, and what the container beside it said about outputs; '' where a log is gone. */
  async logsOf(pod: Stored<Pod>): Promise<{ invocation: string; outputs: string }> {
    const log = async (container: string, limitBytes: number) => {
      try {
        return await this.client.logs(this.key(pod.metadata.name), { container, limitBytes });
      } catch (error) {
        if (isNotFound(error) || isInvalid(error) || isTransient(error)) return '';
        throw error;
      }
    };
    return {
      invocation: await log(INVOCATION_CONTAINER, INVOCATION_LOG_LIMIT),
      outputs: await log(OUTPUTS_CONTAINER, OUTPUTS_LOG_LIMIT),
    };
  }

  /** The Secret with the inputs of a Job. */
  async inputsOf(job: Stored<Job>): Promise<Secret | undefined> {
    const [name] = secretNames(job);
    return name === undefined ? undefined : this.client.find(SECRETS, this.key(name));
  }

  /** Inputs are credentials: they go as soon as the result is recorded. */
  async removeSecrets(job: Stored<Job>): Promise<void> {
    for (const name of secretNames(job)) await this.client.delete(SECRETS, this.key(name));
  }

  /** Whether the Job has gone, or another one has taken its name. */
  private async isLost(job: Stored<Job>): Promise<boolean> {
    const current = await this.find(job.metadata.name);
    return current?.metadata.uid !== job.metadata.uid;
  }

  private async createSecret(job: Stored<Job>, secret: Secret): Promise<void> {
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: job.metadata.name, uid: job.metadata.uid };
    const { namespace, labels } = this.options;
    const metadata = { ...secret.metadata, namespace, labels: { ...labels }, ownerReferences: [owner] };
    try {
      await this.client.create(SECRETS, { ...secret, metadata, immutable: true });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  private key(name: string): ObjectKey {
    return { namespace: this.options.namespace, name };
  }

  private keyOf(job: Stored<Job>): ObjectKey {
    return this.key(job.metadata.name);
  }
}

/** Inputs, then registry logins where there are any. */
function secretNames(job: Stored<Job>): string[] {
  const { imagePullSecrets = [] } = job.spec?.template.spec ?? {};
  return [packedSecret(job), ...imagePullSecrets.map(({ name }) => name)].filter((name) => name !== undefined);
}

/** The Secret with the inputs; its name is new for each attempt. */
function packedSecret(job: Stored<Job>): string | undefined {
  return job.spec?.template.spec?.volumes?.find(({ name }) => name === 'packed')?.secret?.secretName;
}
