import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { inject, injectable } from 'inversify';
import type { ApiRequest, Stored } from '../client/index.js';
import { Transport, WriteFence, apiVersionOf, collectionPath, isNotFound, objectPath } from '../client/index.js';
import { Clock, Random, Scheduler, sleep } from '../clock/index.js';
import { Rbac } from '../schema/index.js';
import { Logger, Metrics } from '../telemetry/index.js';
import type { Sighting } from './candidacy.js';
import { RENEW_DEADLINE_MS, RETRY_MS, givenUp, heldBy, isFree, sighted } from './candidacy.js';
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

/** Two of them fit into the time in which a lease must be renewed. */
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
  private renewals: Promise<void> = Promise.resolve();
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
    this.deps.log.info({ lease: this.options.lease.name, identity: this.identity }, 'standing by for the lease');
    while (!signal.aborted && !(await this.attempt())) await this.pause(signal);
    if (signal.aborted) return;
    this.isLeading = true;
    this.gauge(true);
    this.deps.log.info({ lease: this.options.lease.name, identity: this.identity }, 'leading');
    this.renewals = this.renew(this.renewing.signal);
  }

  /** Resolves with the reason when this process leads no longer; by then the fence is shut. Never after `release`. */
  whenLost(): Promise<string> {
    return this.loss;
  }

  /** Gives the lease up, if this process holds it, so that another one need not wait for it to run out. */
  async release(): Promise<void> {
    this.renewing.abort();
    await this.renewals;
    if (!this.isLeading || this.known?.spec === undefined) return;
    this.end();
    const { known } = this;
    await this.write(known, givenUp(this.known.spec, this.deps.clock.now())).catch((err: unknown) =>
      this.deps.log.warn({ err }, 'the lease could not be given up and has to run out'),
    );
  }

  /** Renews until it is lost or given up. */
  private async renew(signal: AbortSignal): Promise<void> {
    const { scheduler } = this.deps;
    let renewedAt = scheduler.elapsed();
    for (;;) {
      await this.pause(signal);
      if (signal.aborted) return;
      if (await this.attempt()) renewedAt = scheduler.elapsed();
      const isLate = scheduler.elapsed() - renewedAt >= RENEW_DEADLINE_MS;
      const reason = this.usurper() ?? (isLate ? 'it could not be renewed in time' : undefined);
      if (reason === undefined) continue;
      this.end();
      this.tellLost(reason);
      return;
    }
  }

  /** One try to take or keep the lease; the fence is open for as long as a success is good for. */
  private async attempt(): Promise<boolean> {
    const { scheduler, clock, fence, log } = this.deps;
    const begun = scheduler.elapsed();
    try {
      const current = this.isLeading ? this.known : await this.read();
      if (current !== undefined && !isFree(this.see(current), this.identity, scheduler.elapsed())) return false;
      await this.write(current, heldBy(current?.spec, this.identity, clock.now()));
      fence.openUntil(begun + RENEW_DEADLINE_MS);
      return true;
    } catch (error) {
      const { message } = error as Error;
      log.warn({ reason: message }, this.isLeading ? 'the lease could not be renewed' : 'the lease could not be taken');
      // A conflict, or a reply that was lost: what is there now decides.
      if (this.isLeading) await this.read().then((lease) => lease && this.see(lease), ignored);
      return false;
    }
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
    return JSON.parse(await this.deps.transport.send({ ...request, deadlineMs: CALL_MS })) as Stored<Lease>;
  }

  private pause(signal: AbortSignal): Promise<void> {
    const { random, scheduler } = this.deps;
    return sleep(scheduler, RETRY_MS * (1 + JITTER * random.next()), signal);
  }

  private gauge(isLeading: boolean): void {
    this.deps.metrics.leading.set({ name: this.options.lease?.name ?? '' }, isLeading ? 1 : 0);
  }
}

const ignored = () => undefined;
