import { anInstallation } from '../support/builders.js';
import { ControlPlane } from '../support/control-plane.js';
import type { KubeApi } from '../support/kube-api.js';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { Operator } from '../support/operator.js';
import { StateStore } from '../support/state-store.js';
import { startPlayer } from './player-process.js';

/** What is on the bench, and how its Pods are played. */
export interface Contest {
  contender: 'floor' | 'product';
  /** A: the player only ends Pods. B: it also writes records through the state store, which judges the runs. */
  player: 'A' | 'B';
}

/** What the bench's own cluster is called. */
export const CLUSTER = 'bench';
/** Where everything of the bench is. */
export const NAMESPACE = 'bench';
const FLOOR = 'floor-operator';
const CREATORS = 16;

/** A control plane of its own, so that nobody inherits anything, with an operator at work and a player of Pods. */
export class Rig {
  plane!: ControlPlane;
  operator!: Operator;
  /** Only with player B. */
  store: StateStore | undefined;
  private readonly undo: (() => unknown)[] = [];

  private constructor(private readonly contest: Contest) {}

  static async start(contest: Contest): Promise<Rig> {
    const rig = new Rig(contest);
    try {
      await rig.prepare();
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  get api(): KubeApi {
    return this.plane.api;
  }

  /** Whatever is done here is undone when the rig is stopped, the last first. */
  onStop(undo: () => unknown): void {
    this.undo.push(undo);
  }

  /** Starts the process that plays Pods; returns what ends it. */
  async play(): Promise<() => Promise<void>> {
    const player = await startPlayer(this.plane.cluster.kubeconfig, this.contest.player, this.store);
    this.onStop(() => player.stop());
    return () => player.stop();
  }

  /** Installations `<prefix>-1` to `<prefix>-<count>`, as fast as the API server takes them. */
  async createInstallations(prefix: string, count: number): Promise<void> {
    await atOnce(count, (number) => {
      const name = `${prefix}-${number}`;
      const installation = anInstallation(name).withParameters({ name }).inNamespace(NAMESPACE).build();
      return this.api.create(INSTALLATIONS, installation);
    });
  }

  /** Never fails: what cannot be ended is told on stderr. */
  async stop(): Promise<void> {
    for (const undo of this.undo.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        process.stderr.write(`${String(error)}\n`);
      }
    }
  }

  private async prepare(): Promise<void> {
    this.plane = await ControlPlane.start(CLUSTER);
    this.onStop(() => this.plane.stop());
    if (this.contest.player === 'B') await this.startStore();
    this.operator = await this.startOperator();
    this.onStop(() => this.operator.kill());
    await this.plane.createNamespace(NAMESPACE);
  }

  private async startStore(): Promise<void> {
    const store = StateStore.prepare(await this.plane.kubeconfigOf('porterops-state-store'));
    await store.start();
    this.store = store;
    process.env['SERVICE_ADDRESS'] = store.address;
    this.onStop(() => store.kill());
  }

  private async startOperator(): Promise<Operator> {
    const { plane, store } = this;
    const isFloor = this.contest.contender === 'floor';
    if (isFloor) await plane.createAdministrator(FLOOR);
    const operator = await Operator.prepare({
      kubeconfig: await plane.kubeconfigOf(isFloor ? FLOOR : 'porterops-controller-manager'),
      stateStore: store === undefined ? 'none' : 'embedded',
      serviceAddress: store?.address,
      heapOfImage: true,
      ...(isFloor ? { file: 'build/test/bench/floor-operator.js' } : {}),
    });
    await operator.start();
    return operator;
  }
}

/** Does the same for the numbers 1 to `count`, several at once. */
export async function atOnce(count: number, work: (number: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      await work(next);
    }
  };
  await Promise.all(Array.from({ length: CREATORS }, worker));
}
