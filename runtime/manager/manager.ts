import { inject, injectable, multiInject, optional } from 'inversify';
import type { Informer } from '../cache/index.js';
import { Informers, OwnWrites } from '../cache/index.js';
import type { Resource } from '../client/index.js';
import { Client, Transport } from '../client/index.js';
import { Clock, Random, Scheduler, within } from '../clock/index.js';
import type { Reconciling } from '../controller/index.js';
import { CONCURRENCY, Controller, RECONCILER, reconciledBy } from '../controller/index.js';
import { LeaderElection } from '../leader/index.js';
import { EventRecorder } from '../status/index.js';
import type { ClassOf } from '../schema/index.js';
import { Logger, Metrics, Tracing } from '../telemetry/index.js';
import type { WebhookOptions } from '../webhook/index.js';
import { ADMITTED, WebhookServer } from '../webhook/index.js';
import { EventLoopWatch } from './event-loop-watch.js';
import { HttpEndpoint } from '../http/index.js';
import { livenessProblems } from './liveness.js';
import type { MetricsOptions } from './metrics-endpoint.js';
import { metricsEndpoint } from './metrics-endpoint.js';
import { healthRoutes } from './probes.js';

/** What the program's flags say to the manager. */
export interface ManagerOptions extends MetricsOptions {
  /** `:8081`; `0` is off. */
  readonly probeAddress: string;
  readonly webhooks: WebhookOptions;
  /** Workers of a controller that does not say otherwise. */
  readonly concurrency?: number;
}

/** Injection token of {@link ManagerOptions}. */
export const ManagerOptions = Symbol.for('runtime.ManagerOptions');

/** What the manager holds together. */
@injectable()
export class ManagerDeps {
  @inject(Client) readonly client!: Client;
  @inject(Transport) readonly transport!: Transport;
  @inject(Informers) readonly informers!: Informers;
  @inject(OwnWrites) readonly ownWrites!: OwnWrites;
  @inject(EventRecorder) readonly events!: EventRecorder;
  @inject(LeaderElection) readonly election!: LeaderElection;
  @inject(Metrics) readonly metrics!: Metrics;
  @inject(Tracing) readonly tracing!: Tracing;
  @inject(Clock) readonly clock!: Clock;
  @inject(Scheduler) readonly scheduler!: Scheduler;
  @inject(Random) readonly random!: Random;
  @inject(Logger) readonly log!: Logger;
}

/** How long passes under way may go on at shutdown, then have to notice that they are cut off; then events, the lease, spans. */
const FINISH_MS = 4_000;
const ABANDON_MS = 2_000;
const FLUSH_MS = 1_000;
const RELEASE_MS = 1_000;
const TRACES_MS = 1_000;

/** Starts and stops everything in order: probes and webhooks, caches, leadership, then workers; and back. */
@injectable()
export class Manager {
  private readonly controllers: readonly Controller[];
  private readonly endpoints: readonly HttpEndpoint[];
  private readonly webhooks: WebhookServer;
  private readonly eventLoop: EventLoopWatch;
  private readonly watching = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    @multiInject(RECONCILER) @optional() reconcilers: readonly Reconciling[] | undefined,
    @inject(ManagerDeps) private readonly deps: ManagerDeps,
    @inject(ManagerOptions) private readonly options: ManagerOptions,
    @multiInject(ADMITTED) @optional() admitted: readonly ClassOf[] | undefined,
  ) {
    this.controllers = (reconcilers ?? []).map((one) => new Controller(one, reconciledBy(one), deps));
    this.eventLoop = new EventLoopWatch(deps.scheduler);
    this.webhooks = new WebhookServer(admitted ?? [], options.webhooks, deps);
    const problems = {
      ofLife: () => livenessProblems(this.eventLoop.recentStallMs(), this.controllers),
      ofReadiness: () => this.webhooks.problems(),
    };
    this.endpoints = [
      metricsEndpoint(options, deps),
      new HttpEndpoint(options.probeAddress, healthRoutes(deps.informers, problems)),
    ];
  }

  /**
   * Resolves when this process leads, with its caches filled as far as the kinds are served, or earlier when it is stopped
   * meanwhile.
   */
  async start(): Promise<void> {
    const { client, informers, ownWrites, election, tracing, log } = this.deps;
    await tracing.start();
    client.onWrite((resource, object) => ownWrites.note(resource, object));
    for (const controller of this.controllers) controller.watch();
    this.eventLoop.start();
    for (const endpoint of this.endpoints) await endpoint.start();
    this.webhooks.start();
    const { signal } = this.watching;
    const watches = informers.all().map((informer) => informer.run(signal));
    this.running = Promise.all(watches);
    log.info({ controllers: this.controllers.map(({ name }) => name) }, 'filling the caches');
    await Promise.race([this.running, Promise.all(informers.all().map((informer) => informer.whenSettled()))]);
    await election.win(signal);
    if (signal.aborted) return;
    void election.whenLost().then(() => this.abandon('the lease is lost'));
    const watched = Promise.all(watches);
    this.running = Promise.all([watched, ...this.controllers.map((controller) => this.work(controller, watched))]);
  }

  /** Resolves with the reason when another process may work by now: nothing is left to do but to end. */
  whenLost(): Promise<string> {
    return this.deps.election.whenLost();
  }

  /** Workers first, so that nothing is begun that could not end; at most 10 s. */
  async stop(): Promise<void> {
    const { events, election, transport, tracing, log } = this.deps;
    log.info({}, 'stopping');
    for (const controller of this.controllers) controller.stop();
    this.watching.abort();
    if (!(await this.within(FINISH_MS, this.running))) {
      this.abandon('the operator is stopping');
      await this.within(ABANDON_MS, this.running);
    }
    await this.within(FLUSH_MS, events.flush());
    await this.within(RELEASE_MS, election.release());
    await this.webhooks.stop();
    await transport.close();
    await this.within(TRACES_MS, tracing.stop());
    for (const endpoint of this.endpoints) await endpoint.stop();
    this.eventLoop.stop();
    log.info({}, 'stopped');
  }

  /** A family whose kinds are not served yet begins when they are; the others need not wait for it. */
  private async work(controller: Controller, ended: Promise<unknown>): Promise<void> {
    const { informers, log } = this.deps;
    const families = new Set(this.controllers.map(({ resource }) => resource.group));
    const isOwn = ({ group }: Resource) => group === controller.resource.group || !families.has(group);
    const isNeeded = (informer: Informer) => isOwn(informer.resource) || controller.watches(informer.resource);
    const needed = informers.all().filter((informer) => !informer.optional && isNeeded(informer));
    await Promise.race([ended, Promise.all(needed.map((informer) => informer.whenSynced()))]);
    if (this.watching.signal.aborted) return;
    log.info({ controller: controller.name }, 'the caches are filled, working');
    await controller.run(this.options.concurrency ?? CONCURRENCY);
  }

  private abandon(reason: string): void {
    for (const controller of this.controllers) {
      controller.stop();
      controller.abort(reason);
    }
  }

  private within(ms: number, work: Promise<unknown>): Promise<boolean> {
    return within(this.deps.scheduler, ms, work);
  }
}
