import { STATE_RECORDS } from '../../api/state/v1alpha1/resources.js';
import type { Client, Fence } from '../../runtime/client/index.js';
import { SECRETS } from '../../runtime/client/index.js';
import { sleep, systemScheduler, within } from '../../runtime/clock/index.js';
import type { Routes } from '../../runtime/http/index.js';
import { HttpEndpoint, parseAddress } from '../../runtime/http/index.js';
import type { LeaderElection } from '../../runtime/leader/index.js';
import { LEASES } from '../../runtime/leader/index.js';
import type { Logger } from '../../runtime/telemetry/index.js';
import type { KeyPair } from '../../runtime/tls/index.js';
import type { StoreIdentity } from './identity/store-secrets.js';
import { SERVER_SECRET, StoreSecrets } from './identity/store-secrets.js';
import type { StateStoreOptions } from './options.js';
import { Database } from './persistence/database.js';
import { encryptionKey } from './persistence/envelope.js';
import { KubernetesRecordStore } from './persistence/kubernetes-record-store.js';
import { Commands } from './query/commands.js';
import { Pruner } from './retention/pruner.js';
import type { ServiceEndpoint } from './serving/service-endpoint.js';
import { Authentication } from './wire/authentication.js';
import type { ServerCertificate } from './wire/server.js';
import { FrontDoor } from './wire/front-door.js';
import { WireServer } from './wire/server.js';

/** Of the store that serves. */
export const LEASE = 'porterops-state-store';
const RETRY_MS = 2_000;
const RENEWAL_CHECK_MS = 12 * 3_600_000;
const SWEEP_MS = 10 * 60_000;
/** With what comes before and after it, below the Pod's grace period of 60 s. */
const DRAIN_MS = 15_000;
/** Until every node has learned where the Service leads now. */
const LINGER_MS = 2_000;
/** How long one that ends waits for another that can follow, and goes on serving meanwhile; a Pod that is deleted has none at once. */
const SUCCESSOR_MS = 10_000;
const SUCCESSOR_POLL_MS = 500;
/** How often it is looked at whether the Service still leads here, and whether somebody waits at a store that does not serve. */
const PUBLISH_MS = 15_000;
const DOOR_MS = 1_000;
/** For a word to the API server, which may be away. */
const ATTEMPT_MS = 3_000;

/** What the program is made of. */
export interface StateStoreParts {
  readonly client: Client;
  readonly election: LeaderElection;
  /** Open while this store may answer. */
  readonly fence: Fence;
  /** Where the Service leads, if it is for the store to say so. */
  readonly endpoint: ServiceEndpoint | undefined;
  readonly log: Logger;
}

/** What the store does, in this order. */
type Phase = 'waiting for Kubernetes' | 'standing by' | 'reading the records' | 'serving' | 'stopping';

/** In these all is well: a store that stands by could serve at any time. */
const READY: readonly Phase[] = ['standing by', 'serving'];

/** The whole program: waits for Kubernetes and for its turn, reads what is stored, then serves until it is stopped. */
export class StateStore {
  private readonly health: HttpEndpoint;
  private readonly secrets: StoreSecrets;
  private readonly stopping = new AbortController();
  private phase: Phase = 'waiting for Kubernetes';
  private readonly door = new FrontDoor();
  private server: WireServer | undefined;
  private pruner: Pruner | undefined;
  private publishing: Promise<unknown> = Promise.resolve();
  private readonly upkeep: NodeJS.Timeout[] = [];

  constructor(
    private readonly parts: StateStoreParts,
    private readonly options: StateStoreOptions,
  ) {
    this.health = new HttpEndpoint(options.healthProbeBindAddress, this.routes());
    this.secrets = new StoreSecrets({ ...options, client: parts.client, now: Date.now });
  }

  /** Returns once clients are served, or it was stopped before that. */
  async start(): Promise<void> {
    await this.health.start();
    await this.persistently('asking for a record', () => this.ask());
    if (this.stopping.signal.aborted) return;
    const port = await this.door.listen(parseAddress(this.options.listen) ?? { port: 0 });
    this.enter('standing by');
    const leadingOn = setInterval(() => void this.leadOn(), DOOR_MS);
    await this.parts.election.win(this.stopping.signal);
    clearInterval(leadingOn);
    this.enter('reading the records');
    const identity = await this.persistently('reading the Secrets', () => this.secrets.ensure());
    if (identity === undefined) return;
    const database = await this.filledDatabase(identity);
    if (database === undefined) return;
    this.serve(identity, database);
    this.enter('serving');
    await this.persistently('telling where the Service leads', () => this.publish());
    await this.attempt(
      'could not take away what a Service with a selector has left',
      this.parts.endpoint?.clearOthers(),
    );
    this.upkeep.push(setInterval(() => this.republish(), PUBLISH_MS));
    this.every(RENEWAL_CHECK_MS, 'could not check the certificate; will try again', () => this.renew());
    this.every(SWEEP_MS, 'could not take away records that are no longer needed; will try again', () =>
      database.sweep(),
    );
    this.parts.log.info({ port }, 'serving');
  }

  /** Resolves with the reason when another store may serve by now: nobody is answered any more. */
  async whenLost(): Promise<string> {
    const reason = await this.parts.election.whenLost();
    this.server?.cutOff();
    return reason;
  }

  /** Sends clients away as they come to rest, then lets another store serve. */
  async stop(): Promise<void> {
    const { election, log } = this.parts;
    this.enter('stopping');
    log.info({}, 'stopping');
    this.stopping.abort();
    for (const timer of this.upkeep) clearInterval(timer);
    // What is under way must not come after what is said now.
    await this.publishing;
    if (await this.handOver()) await sleep(systemScheduler, LINGER_MS, new AbortController().signal);
    this.door.close();
    await this.server?.drain(DRAIN_MS);
    await this.attempt('could not take old runs away', this.pruner?.settled());
    await this.attempt('could not give up the lease', election.release());
    await this.health.stop();
  }

  /** Leads clients elsewhere, if they are led here; false when there is nobody to whom they could be led. */
  private async handOver(): Promise<boolean> {
    const { endpoint } = this.parts;
    const failed = 'could not tell where the Service leads now';
    const target = await this.attempt(failed, endpoint?.target());
    if (endpoint === undefined || target?.ip !== this.options.pod?.ip) return false;
    // One that stands by itself keeps nobody waiting.
    const end = performance.now() + (this.server === undefined ? 0 : SUCCESSOR_MS);
    for (;;) {
      const next = await this.attempt(failed, endpoint.handOver());
      if (next !== undefined) {
        this.door.leadOn(next.ip, next.port);
        return true;
      }
      if (performance.now() >= end) break;
      await sleep(systemScheduler, SUCCESSOR_POLL_MS, new AbortController().signal);
    }
    await this.attempt(failed, endpoint.withdraw());
    return false;
  }

  /** Clients may have been led here, and another store was faster. */
  private async leadOn(): Promise<void> {
    const { endpoint } = this.parts;
    if (endpoint === undefined || !this.door.isWaitedAt) return;
    const target = await this.attempt('could not look where the Service leads', endpoint.target());
    if (target !== undefined && target.ip !== this.options.pod?.ip) this.door.leadOn(target.ip, target.port);
  }

  /** Asks for all that it takes to serve: whoever stands by tells so that it will be able to do what it waits for. */
  private async ask(): Promise<void> {
    const { namespace } = this.options;
    const { client } = this.parts;
    await client.find(STATE_RECORDS, { namespace, name: 'none' });
    await client.find(SECRETS, { namespace, name: SERVER_SECRET });
    await client.find(LEASES, { namespace, name: LEASE });
  }

  private enter(phase: Phase): void {
    if (this.phase !== 'stopping') this.phase = phase;
  }

  private async filledDatabase(identity: StoreIdentity): Promise<Database | undefined> {
    const { client, log } = this.parts;
    const { namespace } = this.options;
    const key = encryptionKey(identity.encryptionKey);
    const database = new Database(new KubernetesRecordStore({ client, namespace, key, log }), Date.now);
    const filled = await this.persistently('reading the records', () => database.fill());
    if (filled === undefined) return undefined;
    for (const damaged of filled.damaged) log.error({ damaged }, 'a record cannot be read; its tenant is not served');
    log.info({ records: filled.records }, 'read the records');
    return database;
  }

  private serve(identity: StoreIdentity, database: Database): void {
    const { fence, log } = this.parts;
    const { keepRuns, logLimit } = this.options;
    const authentication = new Authentication(identity.accessKey);
    const pruner = new Pruner({ keepRuns, now: Date.now, log });
    this.pruner = pruner;
    const retention = { logLimit, pruner };
    const commands = new Commands({ database, authentication, now: Date.now, fence, retention });
    const server = new WireServer(certificateOf(identity.server), commands.handle, log);
    this.server = server;
    this.door.open((socket) => server.take(socket));
  }

  private every(ms: number, failed: string, work: () => Promise<void>): void {
    this.upkeep.push(setInterval(() => void this.attempt(failed, work()), ms));
  }

  private republish(): void {
    this.publishing = this.attempt('could not look where the Service leads', this.publish());
  }

  private async publish(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.parts.fence.allowance();
    await this.parts.endpoint?.publish();
  }

  /** What comes of something that is not waited for very long; undefined when it fails, or there is nothing to do. */
  private async attempt<T>(failed: string, work: Promise<T> | undefined): Promise<T | undefined> {
    let result: T | undefined;
    const told = work?.then(
      (value) => (result = value),
      (err: unknown) => this.parts.log.warn({ err }, failed),
    );
    if (told !== undefined) await within(systemScheduler, ATTEMPT_MS, told);
    return result;
  }

  private routes(): Routes {
    const contentType = 'text/plain; charset=utf-8';
    return {
      '/healthz': () => ({ code: 200, contentType, body: 'ok\n' }),
      '/readyz': () => ({ code: READY.includes(this.phase) ? 200 : 503, contentType, body: `${this.phase}\n` }),
    };
  }

  private async renew(): Promise<void> {
    const { server } = await this.secrets.ensure();
    this.server?.renew(certificateOf(server));
  }

  /** Tries until it works: without Kubernetes there is nothing to do but wait. Undefined when stopped. */
  private async persistently<T>(what: string, attempt: () => Promise<T>): Promise<T | undefined> {
    while (!this.stopping.signal.aborted) {
      try {
        return await attempt();
      } catch (error) {
        this.parts.log.warn({ err: error }, `${what} failed; will try again`);
        await sleep(systemScheduler, RETRY_MS, this.stopping.signal);
      }
    }
    return undefined;
  }
}

const certificateOf = ({ certificate, key }: KeyPair): ServerCertificate => ({ cert: certificate, key });
