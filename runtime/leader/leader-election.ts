import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { inject, injectable } from 'inversify';
import type { ApiRequest, Stored } from '../client/index.js';
import { Transport, WriteFence, apiVersionOf, collectionPath, isNotFound, objectPath } from '../client/index.js';
import { Clock, Random, Scheduler, sleep } from '../clock/index.js';
import { Rbac } from '../schema/index.js';
import { Logger, Metrics } from '../telemetry/index.js';
import type { Sighting } from './candidacy.js';
import { LOOK_MS, RENEW_DEADLINE_MS, RETRY_MS, givenUp, heldBy, isFree, sighted } from './candidacy.js';
import type { Lease, LeaseSpec } from './lease.js';
import { LEASES } from './lease.js';

/** What an election is about. */
export interface ElectionOptions {
  /** Which lease to win; `undefined` for a program that is alone and leads from the start. */
  readonly lease: { readonly namespace: string; readonly name: string } | undefined;
  /**
   * Tells this process from any other that may still live. The uid of its Pod does: a container is started again when the
   * one before is dead, and need not wait for the lease of that one to run out. Random when not said.
   */
  readonly identity?: string;
}

/** Injection token of {@link ElectionOptions}. */
export const ElectionOptions = Symbol.for('runtime.ElectionOptions');

/** What an election works with. */
@injectable()
export class ElectionDeps {
  @inject(Transport) readonly transport!: Transport;
  @inject(WriteFence) readonly fence!: WriteFence;
  @inject(Scheduler) readonly scheduler!: Scheduler;
  @inject(Clock) readonly clock!: Clock;
  @inject(Random) readonly random!: Random;
  @inject(Metrics) readonly metrics!: Metrics;
  @inject(Logger) readonly log!: Logger;
}

/** No single call may use up the time in which the lease must be renewed. */
const CALL_MS = RENEW_DEADLINE_MS / 2;
/** Candidates that were started together do not stay in step. */
const JITTER = 0.2;

/** Lets one of several processes work, by a Lease: client-go's algorithm, with a fence before every write of the others. */
@injectable()
@Rbac({
  groups: ['coordination.k8s.io'],
  resources: ['leases'],
  verbs: ['get', 'create', 'update'],
  ownNamespace: true,
})
export class LeaderElection {
  /** As the lease shows it. */
  readonly identity: string;
  private sighting: Sighting | undefined;
  /** As last read or written; its version is the precondition of the next write. */
  private known: Stored<Lease> | undefined;
  private readonly renewing = new AbortController();
  private campaign: Promise<void> = Promise.resolve();
  private renewals: Promise<void> = Promise.resolve();
  /** When the last renewal that succeeded began, in the scheduler's milliseconds. */
  private renewedAt = 0;
  private isLeading = false;
  private tellLost: (reason: string) => void = () => undefined;
  private readonly loss = new Promise<string>((resolve) => (this.tellLost = resolve));

  constructor(
    @inject(ElectionDeps) private readonly deps: ElectionDeps,
    @inject(ElectionOptions) private readonly options: ElectionOptions,
  ) {
    this.identity = `${hostname()}_${options.identity ?? randomUUID()}`;
    if (options.lease === undefined) return;
    deps.fence.shut();
    this.gauge(false);
  }

  /** Resolves when this process leads, or when `signal` is aborted. */
  async win(signal: AbortSignal): Promise<void> {
    if (this.options.lease === undefined) return;
    this.campaign = this.stand(signal);
    await this.campaign;
    if (!this.isLeading || signal.aborted) return;
    this.renewals = this.renew(this.renewing.signal);
  }

  /** Resolves with the reason when this process leads no longer; by then the fence is shut. Never after `release`. */
  whenLost(): Promise<string> {
    return this.loss;
  }

  /** Gives the lease up, if this process holds it, so that another one need not wait for it to run out. */
  async release(): Promise<void> {
    this.renewing.abort();
    await Promise.all([this.campaign, this.renewals]);
    if (!this.isLeading) return;
    this.end();
    const giveUp = async (lease: Stored<Lease> | undefined) => {
      const { spec } = lease ?? {};
      if (spec?.holderIdentity === this.identity) await this.write(lease, givenUp(spec, this.deps.clock.now()));
    };
    try {
      // What is known may be old, when the reply to the last renewal was lost.
      await giveUp(this.known).catch(async () => giveUp(await this.read()));
    } catch (err) {
      this.deps.log.warn({ err }, 'the lease could not be given up and has to run out');
    }
  }

  private async stand(signal: AbortSignal): Promise<void> {
    const fields = { lease: this.options.lease?.name, identity: this.identity };
    this.deps.log.info(fields, 'standing by for the lease');
    while (!signal.aborted && !(await this.attempt())) await this.pause(signal);
    if (this.isLeading) this.deps.log.info(fields, 'leading');
  }

  /** Renews until it is lost or given up. */
  private async renew(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.pause(signal);
      if (signal.aborted) return;
      await this.attempt();
      const reason = this.usurper() ?? (this.leftMs() <= 0 ? 'it could not be renewed in time' : undefined);
      if (reason === undefined) continue;
      this.end();
      this.tellLost(reason);
      return;
    }
  }

  /** One try to take or keep the lease. */
  private async attempt(): Promise<boolean> {
    try {
      // After a conflict, or a reply that was lost, what is there decides.
      return this.isLeading ? await this.take(this.known).catch(() => this.readAndTake()) : await this.readAndTake();
    } catch (error) {
      const { message } = error as Error;
      const { log } = this.deps;
      log.warn({ reason: message }, this.isLeading ? 'the lease could not be renewed' : 'the lease could not be taken');
      return false;
    }
  }

  private async readAndTake(): Promise<boolean> {
    return this.take(await this.read());
  }

  /** Takes or renews the lease that is there, if it is free; the fence is open for as long as that is good for. */
  private async take(current: Stored<Lease> | undefined): Promise<boolean> {
    const { scheduler, clock, fence } = this.deps;
    const begun = scheduler.elapsed();
    if (current !== undefined && !isFree(this.see(current), this.identity, begun)) return false;
    await this.write(current, heldBy(current?.spec, this.identity, clock.now()));
    fence.open(begun, RENEW_DEADLINE_MS);
    this.renewedAt = begun;
    this.isLeading = true;
    this.gauge(true);
    return true;
  }

  /** For how many milliseconds the last renewal is still good; a candidate has all the time there is. */
  private leftMs(): number {
    return this.isLeading ? this.renewedAt + RENEW_DEADLINE_MS - this.deps.scheduler.elapsed() : Infinity;
  }

  /** Says who else holds the lease, if somebody does. */
  private usurper(): string | undefined {
    const holder = this.sighting?.spec.holderIdentity ?? '';
    return holder === '' || holder === this.identity ? undefined : `it is held by ${holder}`;
  }

  private end(): void {
    this.isLeading = false;
    this.deps.fence.shut();
    this.gauge(false);
  }

  private see({ spec = {} }: Stored<Lease>): Sighting {
    this.sighting = sighted(this.sighting, spec, this.deps.scheduler.elapsed());
    return this.sighting;
  }

  private async read(): Promise<Stored<Lease> | undefined> {
    try {
      this.known = await this.send({ method: 'GET', path: this.path(), repeatable: false });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.known = undefined;
    }
    return this.known;
  }

  private async write(current: Stored<Lease> | undefined, spec: LeaseSpec): Promise<void> {
    const { lease = { namespace: '', name: '' } } = this.options;
    const metadata = current === undefined ? { ...lease } : current.metadata;
    const body = { apiVersion: apiVersionOf(LEASES), kind: LEASES.kind, metadata, spec };
    this.known =
      current === undefined
        ? await this.send({ method: 'POST', path: collectionPath(LEASES, lease.namespace), body, repeatable: false })
        : await this.send({ method: 'PUT', path: this.path(), body, repeatable: false });
    this.see(this.known);
  }

  private path(): string {
    return objectPath(LEASES, this.options.lease ?? { name: '' });
  }

  private async send(request: ApiRequest): Promise<Stored<Lease>> {
    const deadlineMs = Math.max(1, Math.min(CALL_MS, this.leftMs()));
    return JSON.parse(await this.deps.transport.send({ ...request, deadlineMs, urgent: true })) as Stored<Lease>;
  }

  private pause(signal: AbortSignal): Promise<void> {
    const { random, scheduler } = this.deps;
    const ms = this.isLeading ? RETRY_MS : LOOK_MS;
    return sleep(scheduler, ms * (1 + JITTER * random.next()), signal);
  }

  private gauge(isLeading: boolean): void {
    this.deps.metrics.leading.set({ name: this.options.lease?.name ?? '' }, isLeading ? 1 : 0);
  }
}
