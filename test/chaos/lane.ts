import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { EVENTS } from '../support/events.js';
import { collectionPath, KubeError } from '../support/kube-api.js';
import { Operator } from '../support/operator.js';
import { Gate, type GateIdentity } from './gate.js';
import type { Seen } from './history.js';
import { RECORDED } from './recorder.js';
import { NAMESPACES, type Rig } from './rig.js';
import { Scope } from './scope.js';
import { Supervisor } from './supervisor.js';

interface KubeconfigFile {
  clusters: { cluster: Record<string, string> }[];
}

/** An operator behind a gate of its own; it runs one plan after the other, each in a namespace of its own. */
export class Lane {
  private count = 0;

  private constructor(
    readonly rig: Rig,
    private readonly number: number,
    readonly gate: Gate,
    readonly supervisor: Supervisor,
  ) {}

  /** `program`: the operator's file. */
  static async start(rig: Rig, number: number, identity: GateIdentity, program: string): Promise<Lane> {
    const kubeconfig = await rig.plane.kubeconfigOf('porterops-controller-manager');
    const config = parse(readFileSync(kubeconfig, 'utf8')) as KubeconfigFile;
    const gate = new Gate(targetOf(config), identity, new Scope(NAMESPACES, prefixOf(number)));
    const server = await gate.start();
    const file = `${kubeconfig}-${number}`;
    const cluster = { server, 'certificate-authority-data': Buffer.from(identity.ca).toString('base64') };
    writeFileSync(file, stringify({ ...config, clusters: config.clusters.map((entry) => ({ ...entry, cluster })) }));
    const operator = await Operator.prepare({
      ...{ kubeconfig: file, stateStore: 'embedded', serviceAddress: rig.stateStore.address, file: program },
    });
    const supervisor = new Supervisor(operator, () => gate.operatorReturns());
    gate.victim = supervisor;
    const lane = new Lane(rig, number, gate, supervisor);
    await supervisor.start();
    return lane;
  }

  /** A namespace in which agents may work. */
  async newNamespace(): Promise<string> {
    this.count += 1;
    const name = `${prefixOf(this.number)}${this.count}`;
    await this.rig.plane.createNamespace(name);
    return name;
  }

  /** Takes away everything of a namespace, of which the operator learns only that it is gone. */
  async clear(namespace: string, left: readonly Seen[]): Promise<void> {
    const { api } = this.rig;
    this.gate.scope.leave(namespace);
    const resources = RECORDED.filter(({ kind }) => left.some((object) => object.kind === kind));
    for (const resource of resources) {
      const held = left.filter(({ kind, metadata }) => kind === resource.kind && metadata.finalizers !== undefined);
      for (const { metadata } of held)
        await api
          .patch(resource, { namespace, name: metadata.name }, { metadata: { finalizers: null } })
          .catch(unlessGone);
    }
    for (const resource of [...resources, EVENTS]) {
      const body = { propagationPolicy: 'Background', gracePeriodSeconds: 0 };
      await api.call('DELETE', collectionPath(resource, namespace), { body });
    }
    await this.rig.porter.leave(namespace);
    this.gate.journal.forget(namespace);
    this.rig.recorder.forget(namespace);
  }

  async stop(): Promise<void> {
    await this.supervisor.stop();
    await this.gate.stop();
  }
}

function targetOf({ clusters }: KubeconfigFile): { origin: string; ca: string } {
  const { server = '', ...authority } = clusters[0]?.cluster ?? {};
  const file = authority['certificate-authority'];
  const data = authority['certificate-authority-data'] ?? '';
  const ca = file === undefined ? Buffer.from(data, 'base64').toString() : readFileSync(file, 'utf8');
  return { origin: server.replace(/\/$/, ''), ca };
}

function prefixOf(lane: number): string {
  return `${NAMESPACES}${lane}-`;
}

function unlessGone(error: unknown): void {
  if (!(error instanceof KubeError && error.code === 404)) throw error;
}
