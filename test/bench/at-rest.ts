import { setTimeout as delay } from 'node:timers/promises';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { JOBS, SECRETS } from '../../runtime/client/index.js';
import { anInstallation } from '../support/builders.js';
import { isReady } from '../support/conditions.js';
import { eventually } from '../support/eventually.js';
import { KINDS } from '../support/kinds.js';
import { collectionPath } from '../support/kube-api.js';
import { Records } from '../support/records.js';
import { Copies } from './copies.js';
import { NAMESPACE, Rig, atOnce } from './rig.js';
import { becomesQuiet, cpuSeconds, peakMebibytes, residentMebibytes, secondsSince } from './usage.js';

const FOREIGN = 'foreign';
/** V8 tidies up what starting has left for about a minute. */
const SETTLE_MS = 60_000;

/** How the operator began while there was nothing to do. */
export interface Restart {
  /** From exec to /readyz, in seconds. */
  readonly readySeconds: number;
  /** What only reading the same lists takes, in seconds. */
  readonly listSeconds: number;
  /** From exec to the last of the passes that a restart brings, in seconds. */
  readonly settledSeconds: number;
  readonly writes: number;
  readonly cpuSeconds: number;
  readonly peakMebibytes: number;
  /** Some seconds later. */
  readonly mebibytes: number;
}

/** What a time without events costs. */
export interface Idle {
  readonly writes: number;
  /** Share of one core. */
  readonly cpu: number;
  readonly mebibytes: number;
  readonly storeMebibytes: number;
}

/** Measures an operator whose Installations are all as declared. */
export class AtRest {
  private constructor(private readonly rig: Rig) {}

  /** So many Installations that are Ready, each with one AgentAction and the records of one run. */
  static async with(count: number): Promise<AtRest> {
    const rig = await Rig.start({ contender: 'product', player: 'B' });
    try {
      const bench = new AtRest(rig);
      await bench.runOne();
      await rig.operator.stop();
      await bench.copy(count - 1);
      return bench;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  /** Starts the operator anew; it goes on running. */
  async restart(): Promise<Restart> {
    const { operator } = this.rig;
    await operator.stop();
    const listSeconds = await this.listSeconds();
    const before = await this.writes();
    const begun = performance.now();
    await operator.start(['--leader-elect']);
    const readySeconds = secondsSince(begun);
    const { pid } = operator;
    await this.becomesQuiet();
    const times = { readySeconds, listSeconds, settledSeconds: secondsSince(begun), cpuSeconds: cpuSeconds(pid) };
    await delay(SETTLE_MS);
    const writes = (await this.writes()) - before;
    return { ...times, writes, peakMebibytes: peakMebibytes(pid), mebibytes: residentMebibytes(pid) };
  }

  /** Waits so long and looks what it has cost. */
  async idle(seconds: number): Promise<Idle> {
    const { operator, store } = this.rig;
    const before = { writes: await this.writes(), cpu: cpuSeconds(operator.pid) };
    await delay(seconds * 1000);
    const cpu = (cpuSeconds(operator.pid) - before.cpu) / seconds;
    const writes = (await this.writes()) - before.writes;
    const storeMebibytes = store === undefined ? 0 : residentMebibytes(store.pid);
    return { writes, cpu, mebibytes: residentMebibytes(operator.pid), storeMebibytes };
  }

  /** Objects that are none of the operator's business. */
  async addForeign(secrets: number, jobs: number): Promise<void> {
    const { api, plane } = this.rig;
    await plane.createNamespace(FOREIGN);
    const metadataOf = (number: number) => ({ namespace: FOREIGN, name: `foreign-${number}` });
    const data = { value: Buffer.alloc(1024, 'x').toString('base64') };
    await atOnce(secrets, (number) => api.create(SECRETS, { metadata: metadataOf(number), data }));
    await atOnce(jobs, (number) => api.create(JOBS, { metadata: metadataOf(number), spec: suspendedJob() }));
  }

  end(): Promise<void> {
    return this.rig.stop();
  }

  /** The one of which the others will be copies. */
  private async runOne(): Promise<void> {
    const { rig } = this;
    const stopPlaying = await rig.play();
    const key = { namespace: NAMESPACE, name: 'prototype' };
    await rig.api.create(INSTALLATIONS, anInstallation(key.name).inNamespace(NAMESPACE).build());
    await eventually('the first is Ready', async () => isReady(await rig.api.get(INSTALLATIONS, key)));
    await this.becomesQuiet();
    await stopPlaying();
    await rig.api.call('DELETE', collectionPath(JOBS, NAMESPACE), { body: { propagationPolicy: 'Background' } });
    await this.becomesQuiet();
  }

  private async copy(count: number): Promise<void> {
    const records = await Records.open(this.rig.api, NAMESPACE);
    try {
      const copies = await Copies.of(this.rig.api, records, NAMESPACE);
      await copies.make(count);
    } finally {
      await records.close();
    }
  }

  private async becomesQuiet(): Promise<void> {
    if (!(await becomesQuiet(() => this.rig.operator.metric('controller_runtime_reconcile_total')))) {
      throw new Error('the operator finds no rest');
    }
  }

  /** Everybody's, as the API server counts them, without leases and the questions that the server itself asks. */
  private async writes(): Promise<number> {
    const metrics = String(await this.rig.api.call('GET', '/metrics'));
    return metrics
      .split('\n')
      .filter((line) => /^apiserver_request_total\{.*verb="(POST|PUT|PATCH|APPLY|DELETE|DELETECOLLECTION)"/.test(line))
      .filter((line) => !/resource="(leases|subjectaccessreviews|tokenreviews)"/.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  private async listSeconds(): Promise<number> {
    const begun = performance.now();
    for (const kind of KINDS) await this.rig.api.call('GET', collectionPath(kind));
    return secondsSince(begun);
  }
}

/** Suspended, so that nobody makes Pods for it. */
function suspendedJob() {
  const containers = [{ name: 'work', image: 'registry.test/work:1' }];
  return { suspend: true, template: { spec: { restartPolicy: 'Never' as const, containers } } };
}
