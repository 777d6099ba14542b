import type { Job, Pod, PodStatus } from '../../../runtime/client/index.js';
import { OUTPUTS_FOLDER } from '../../../integrations/porter/index.js';
import { INVOCATION_CONTAINER, OUTPUTS_CONTAINER } from '../run/bundle-job.js';
import { sealKey } from '../run/inputs-secret.js';
import { sealOutputs } from '../run/sealed-outputs.js';
import type { FakeCluster } from './fake-cluster.js';

/** What a bundle's container sees. */
export interface BundleInputs {
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

/** How a played bundle ends. */
export interface BundleEnd {
  readonly exitCode?: number;
  readonly log?: string;
  /** By name of the file below the folder of outputs. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Files that it left and that were too large to carry. */
  readonly tooLarge?: readonly string[];
}

/** Plays kubelet and bundle: when a bundle's Job is let go, its Pod has run, with the inputs that its spec names. */
export class PlayedBundle {
  /** One entry for each time that the bundle ran. */
  readonly runs: BundleInputs[] = [];
  /** Instead of running, the Pod is in this state. */
  stuck?: PodStatus;
  /** The bundle runs until this is false. */
  isSlow = false;

  constructor(
    private readonly cluster: FakeCluster,
    /** How it ends; looked at whenever it does. */
    public play: (inputs: BundleInputs) => BundleEnd,
  ) {
    const started = new Set<string>();
    cluster.onChange((kind, object) => {
      const job = object as unknown as Job;
      if (kind !== 'jobs' || job.spec?.suspend !== false || started.has(job.metadata.uid ?? '')) return;
      started.add(job.metadata.uid ?? '');
      this.start(job);
    });
  }

  /** Lets a slow bundle end. */
  finishSlow(): void {
    for (const job of this.cluster.jobs()) if (job.spec?.suspend === false) this.end(job);
  }

  private start(job: Job): void {
    this.runs.push(this.inputsOf(job));
    const phase = { phase: 'Running', containerStatuses: [statusOf({ running: {} })] };
    this.putPod(job, this.stuck ?? phase);
    if (!this.isSlow && this.stuck === undefined) this.end(job);
  }

  private end(job: Job): void {
    const { exitCode = 0, log = '', outputs = {}, tooLarge = [] } = this.play(this.inputsOf(job));
    const pod = `${job.metadata.name}-pod`;
    const key = sealKey(this.cluster.secret(packedSecret(job)));
    const files = new Map(Object.entries(outputs).map(([name, value]) => [name, Buffer.from(value)]));
    this.cluster.logs.set(`${pod}/${INVOCATION_CONTAINER}`, log);
    if (key) this.cluster.logs.set(`${pod}/${OUTPUTS_CONTAINER}`, sealOutputs({ files, tooLarge }, key).join('\n'));
    const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' };
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    this.putPod(job, { phase, containerStatuses: [statusOf({ terminated })] });
    const type = exitCode === 0 ? 'Complete' : 'Failed';
    this.cluster.put('jobs', { ...job, status: { conditions: [{ type, status: 'True' }] } } as never);
  }

  private putPod(job: Job, status: PodStatus): void {
    const labels = { ...job.spec?.template.metadata?.labels, 'batch.kubernetes.io/job-name': job.metadata.name };
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: job.metadata.name, uid: job.metadata.uid ?? '' };
    const { namespace } = job.metadata;
    const metadata = { name: `${job.metadata.name}-pod`, namespace, labels, ownerReferences: [owner] };
    const pod: Pod = { metadata, spec: job.spec?.template.spec, status };
    this.cluster.put('pods', pod);
  }

  /** Fails as kubelet would when a Secret or key is not there. */
  private inputsOf(job: Job): BundleInputs {
    const [container] = job.spec?.template.spec?.containers ?? [];
    const value = (secret: string, key: string) => {
      const data = this.cluster.secret(secret)?.data?.[key];
      if (data === undefined) throw new Error(`Secret ${secret} has no key ${key}`);
      return Buffer.from(data, 'base64').toString();
    };
    const env: [string, string][] = (container?.env ?? []).map(({ name, valueFrom }) => [
      name,
      value(valueFrom?.secretKeyRef?.name ?? '', valueFrom?.secretKeyRef?.key ?? ''),
    ]);
    const mounts = container?.volumeMounts?.filter(({ mountPath }) => mountPath !== OUTPUTS_FOLDER) ?? [];
    const files: [string, string][] = mounts.map(({ mountPath, subPath }) => [
      mountPath,
      value(packedSecret(job), subPath ?? ''),
    ]);
    return { env: Object.fromEntries(env), files: Object.fromEntries(files) };
  }
}

function packedSecret(job: Job): string {
  return job.spec?.template.spec?.volumes?.find(({ name }) => name === 'packed')?.secret?.secretName ?? '';
}

function statusOf(state: object) {
  return { name: INVOCATION_CONTAINER, image: '', imageID: '', ready: false, restartCount: 0, state };
}
