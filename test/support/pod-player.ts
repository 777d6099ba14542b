import { setTimeout as delay } from 'node:timers/promises';
import { PODS, SECRETS, keyOf } from '../../runtime/client/index.js';
import type { Pod, PodStatus, Stored } from '../../runtime/client/index.js';
import { eventually } from './eventually.js';
import { KubeError, type KubeApi } from './kube-api.js';
import type { PlayedKubelet } from './played-kubelet.js';
import { runningStatus, statusOf, succeeds, type Play } from './pod-plays.js';

/**
 * What is at work in a Pod. Called when the Pod begins, with its play where that is known already; what it returns is
 * called before the Pod ends, and says how it ends after all.
 */
export type Agent = (pod: Stored<Pod>, play?: Play) => Promise<(play: Play) => Promise<Play>>;

/** A run that is held: its Pod is Running until the test says how it ends. */
export class HeldRun {
  private release!: (play: Play) => void;
  readonly end = new Promise<Play>((resolve) => (this.release = resolve));
  pod: Stored<Pod> | undefined;

  /** Waits until the Pod of this run is Running, and what its agent records before a bundle runs is recorded. */
  async started(): Promise<Stored<Pod>> {
    return eventually('the Pod of the held run is running', () => this.pod);
  }

  /** Lets the Pod end; resolves at once, the Pod may not be there yet. */
  ends(play: Play): void {
    this.release(play);
  }
}

const JOB_PODS = 'batch.kubernetes.io/job-name';
const MOUNT_POLL_MS = 50;
export const BUNDLE_POD_LABELS = { 'getporter.org/jobType': 'bundle-installer' };

/**
 * Plays scheduler and kubelet for the Pods of Jobs on a control plane that has no nodes. Without a script every Pod
 * succeeds at once. Scripts are per namespace, and within it per beginning of the Pod's name; the Pods of bundles have
 * scripts of their own.
 */
export class PodPlayer {
  private readonly scripts = new Map<string, (Play | HeldRun)[]>();
  private readonly bundleScripts = new Map<string, Play[]>();
  private readonly seen = new Set<string>();
  private readonly played: Stored<Pod>[] = [];
  private readonly stopping = new AbortController();
  private readonly plays = new Set<Promise<void>>();
  /** Failures of the player itself; a test run with any of them proves nothing. */
  readonly problems: unknown[] = [];

  constructor(
    private readonly api: KubeApi,
    private readonly agent: Agent = () => Promise.resolve((play) => Promise.resolve(play)),
    /** Who keeps the logs of Pods that fail; without it there are none. */
    private readonly kubelet?: Pick<PlayedKubelet, 'tells'>,
  ) {}

  async start(): Promise<void> {
    await this.api.watch(PODS, { labelSelector: JOB_PODS }, (event) => this.meet(event.object), this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.race([Promise.allSettled([...this.plays]), delay(1000)]);
  }

  /** What the next Pods of the namespace do, one play per Pod; `name` restricts it to Pods whose name begins so. */
  script(namespace: string, plays: readonly Play[], name = ''): void {
    const key = `${namespace}/${name}`;
    this.scripts.set(key, [...(this.scripts.get(key) ?? []), ...plays]);
  }

  /** What the next bundle Pods of the namespace do, one play per Pod. */
  scriptBundles(namespace: string, plays: readonly Play[]): void {
    this.bundleScripts.set(namespace, [...(this.bundleScripts.get(namespace) ?? []), ...plays]);
  }

  /** The next Pod runs until the test ends it. */
  hold(namespace: string, name = ''): HeldRun {
    const held = new HeldRun();
    const key = `${namespace}/${name}`;
    this.scripts.set(key, [...(this.scripts.get(key) ?? []), held]);
    return held;
  }

  /** All agent Pods that were met in the namespace, oldest first: what the bundle's counter is on a real node. */
  agentPods(namespace: string): readonly Stored<Pod>[] {
    return this.played.filter((pod) => pod.metadata.namespace === namespace && !isBundlePod(pod));
  }

  private meet(pod: Stored<Pod>): void {
    if (this.seen.has(pod.metadata.uid) || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return;
    this.seen.add(pod.metadata.uid);
    this.played.push(pod);
    const playing = this.play(pod)
      .catch((error: unknown) => {
        if (!this.stopping.signal.aborted) this.problems.push(error);
      })
      .finally(() => this.plays.delete(playing));
    this.plays.add(playing);
  }

  private async play(pod: Stored<Pod>): Promise<void> {
    await this.mounted(pod);
    const script = isBundlePod(pod) ? this.nextForBundle(pod) : this.nextFor(pod);
    if ('stuck' in script) return this.write(pod, statusOf(script, pod));
    if (!(script instanceof HeldRun)) {
      const atEnd = await this.agent(pod, script);
      return this.end(pod, await atEnd(script));
    }
    const atEnd = await this.agent(pod);
    await this.write(pod, runningStatus(pod));
    script.pod = pod;
    return this.end(pod, await atEnd(await script.end));
  }

  /** As with a kubelet, nothing of a Pod starts before the Secrets are there that it mounts. */
  private async mounted(pod: Stored<Pod>): Promise<void> {
    const { namespace } = pod.metadata;
    const wanted = pod.spec?.volumes?.filter(({ secret }) => secret !== undefined && secret.optional !== true) ?? [];
    for (const name of new Set(wanted.map(({ secret }) => secret?.secretName ?? ''))) {
      while ((await this.api.find(SECRETS, { namespace, name })) === undefined) {
        if (this.stopping.signal.aborted || (await this.api.find(PODS, keyOf(pod))) === undefined) return;
        await delay(MOUNT_POLL_MS);
      }
    }
  }

  private async end(pod: Stored<Pod>, play: Play): Promise<void> {
    if ('ends' in play && play.log !== '') await this.kubelet?.tells(pod, play.log);
    await this.write(pod, statusOf(play, pod));
  }

  private nextForBundle({ metadata: { namespace = '' } }: Stored<Pod>): Play {
    return this.bundleScripts.get(namespace)?.shift() ?? succeeds();
  }

  private nextFor(pod: Stored<Pod>): Play | HeldRun {
    const { namespace, name } = pod.metadata;
    const keys = [...this.scripts.keys()]
      .filter((key) => `${namespace}/${name}`.startsWith(key))
      .filter((key) => key.startsWith(`${namespace}/`))
      .sort((one, other) => other.length - one.length);
    for (const key of keys) {
      const next = this.scripts.get(key)?.shift();
      if (next !== undefined) return next;
    }
    return succeeds();
  }

  /** A Pod that is gone has nothing more to say. */
  private async write(pod: Stored<Pod>, status: PodStatus): Promise<void> {
    try {
      await this.api.patchStatus(PODS, keyOf(pod), { status });
    } catch (error) {
      if (!(error instanceof KubeError && error.code === 404)) throw error;
    }
  }
}

function isBundlePod(pod: Pod): boolean {
  return Object.entries(BUNDLE_POD_LABELS).every(([key, value]) => pod.metadata.labels?.[key] === value);
}
