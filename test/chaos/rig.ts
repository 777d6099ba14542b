import { createAuthority, issueCertificate } from '../../runtime/tls/certificates.js';
import { ControlPlane } from '../support/control-plane.js';
import type { KubeApi } from '../support/kube-api.js';
import { PlayedKubelet } from '../support/played-kubelet.js';
import { PlayedPorter } from '../support/played-porter.js';
import { PodPlayer } from '../support/pod-player.js';
import { Records } from '../support/records.js';
import { StateStore } from '../support/state-store.js';
import { Lane } from './lane.js';
import { Recorder } from './recorder.js';

/** What the battery's own cluster is called. */
export const CLUSTER = 'chaos';
/** How the names of all namespaces of plans begin. */
export const NAMESPACES = 'chaos-';
export const PROGRAM = 'dist/manager.js';

/** What all lanes share: a control plane on which Pods are played, a state store, and a recorder of what happens. */
export class Rig {
  readonly lanes: Lane[] = [];
  readonly player: PodPlayer;
  readonly porter: PlayedPorter;
  readonly stateStore: StateStore;
  readonly recorder: Recorder;
  records!: Records;
  /** Lanes so far: each has namespaces of its own. */
  private opened = 0;
  private readonly undo: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly plane: ControlPlane,
    stateStore: StateStore,
  ) {
    const porter = new PlayedPorter(plane.api);
    this.porter = porter;
    const kubelet = new PlayedKubelet(plane.api);
    this.stateStore = stateStore;
    this.player = new PodPlayer(plane.api, (pod, play) => porter.begin(pod, play), kubelet);
    this.recorder = new Recorder(plane.api);
    this.undo.push(
      () => plane.stop(),
      () => Promise.all([porter.close(), kubelet.stop()]),
      () => Promise.all([this.player.stop(), stateStore.kill()]),
    );
    this.begin = async () => {
      await Promise.all([kubelet.start(), this.player.start(), stateStore.start(), this.recorder.start()]);
      this.records = await Records.open(plane.api);
      this.undo.push(() => this.records.close());
    };
  }

  /** Starts everything but the lanes. */
  static async build(): Promise<Rig> {
    const plane = await ControlPlane.start(CLUSTER);
    const store = StateStore.prepare(await plane.kubeconfigOf('porterops-state-store'));
    process.env['SERVICE_ADDRESS'] = store.address;
    const rig = new Rig(plane, store);
    try {
      await rig.begin();
      return rig;
    } catch (error) {
      await rig.destroy();
      throw error;
    }
  }

  get api(): KubeApi {
    return this.plane.api;
  }

  /** As many operators; `program` is their file. */
  async open(count: number, program = PROGRAM): Promise<void> {
    const authority = await createAuthority('gate', Date.now());
    const server = await issueCertificate(authority, ['127.0.0.1'], Date.now());
    const identity = { ...server, ca: authority.certificate };
    // One after the other: of two at once, each could choose the port that the other is about to take.
    for (let opened = 0; opened < count; opened++) {
      this.opened += 1;
      this.lanes.push(await Lane.start(this, this.opened, identity, program));
    }
  }

  /** Ends all operators. */
  async close(): Promise<void> {
    await Promise.all(this.lanes.splice(0).map((lane) => lane.stop()));
  }

  /** Ends everything, whatever cannot be ended. */
  async destroy(): Promise<void> {
    await this.close().catch(() => undefined);
    this.recorder.stop();
    for (const undo of this.undo.splice(0).reverse()) await undo().catch(() => undefined);
  }

  private readonly begin: () => Promise<void>;
}
