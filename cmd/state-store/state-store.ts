import { STATE_RECORDS } from '../../api/state/v1alpha1/resources.js';
import type { Client, Fence } from '../../runtime/client/index.js';
import { sleep, systemScheduler } from '../../runtime/clock/index.js';
import type { Routes } from '../../runtime/http/index.js';
import { HttpEndpoint, parseAddress } from '../../runtime/http/index.js';
import type { LeaderElection } from '../../runtime/leader/index.js';
import type { Logger } from '../../runtime/telemetry/index.js';
import type { KeyPair } from '../../runtime/tls/index.js';
import type { StoreIdentity } from './identity/store-secrets.js';
import { StoreSecrets } from './identity/store-secrets.js';
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

const RETRY_MS = 2_000;
const RENEWAL_CHECK_MS = 12 * 3_600_000;
const SWEEP_MS = 10 * 60_000;
/** With what comes before and after it, below the Pod's grace period of 30 s. */
const DRAIN_MS = 15_000;
/** Until every node has learned where the Service leads now. */
const LINGER_MS = 2_000;
/** For a last word to the API server, which may be away. */
const FAREWELL_MS = 3_000;

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
    // Whoever stands by tells by this that it will be able to do what it waits for.
    const some = { namespace: this.options.namespace, name: 'none' };
    await this.persistently('asking for a record', () => this.parts.client.find(STATE_RECORDS, some));
    const port = await this.door.listen(parseAddress(this.options.listen) ?? { port: 0 });
    this.enter('standing by');
    await this.parts.election.win(this.stopping.signal);
    this.enter('reading the records');
    const identity = await this.persistently('reading the Secrets', () => this.secrets.ensure());
    if (identity === undefined) return;
    const database = await this.filledDatabase(identity);
    if (database === undefined) return;
    this.serve(identity, database);
    await this.persistently('telling where the Service leads', () => this.publish());
    this.enter('serving');
    this.upkeep.push(setInterval(() => void this.renew(), RENEWAL_CHECK_MS));
    this.upkeep.push(setInterval(() => void this.sweep(database), SWEEP_MS));
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
    const { election, endpoint, log } = this.parts;
    const isServing = this.phase === 'serving';
    this.enter('stopping');
    log.info({}, 'stopping');
    this.stopping.abort();
    for (const timer of this.upkeep) clearInterval(timer);
    const isFollowed = isServing && (await this.farewell(endpoint?.handOver()));
    if (isFollowed === true) await sleep(systemScheduler, LINGER_MS, new AbortController().signal);
    this.door.close();
    await this.server?.drain(DRAIN_MS);
    await this.farewell(election.release());
    await this.health.stop();
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
    const retention = { logLimit, pruner: new Pruner({ keepRuns, now: Date.now, log }) };
    const commands = new Commands({ database, authentication, now: Date.now, fence, retention });
    const server = new WireServer(certificateOf(identity.server), commands.handle, log);
    this.server = server;
    this.door.open((socket) => server.take(socket));
  }

  private async publish(): Promise<true> {
    await this.parts.endpoint?.publish();
    return true;
  }

  /** What comes of something that must not be waited for at the end; undefined when it failed or takes too long. */
  private async farewell<T>(last: Promise<T> | undefined): Promise<T | undefined> {
    const told = last?.catch((err: unknown) => {
      this.parts.log.warn({ err }, 'could not say that this store ends');
      return undefined;
    });
    const late = sleep(systemScheduler, FAREWELL_MS, new AbortController().signal);
    return Promise.race([told, late.then(() => undefined)]);
  }

  private routes(): Routes {
    const contentType = 'text/plain; charset=utf-8';
    return {
      '/healthz': () => ({ code: 200, contentType, body: 'ok\n' }),
      '/readyz': () => ({ code: READY.includes(this.phase) ? 200 : 503, contentType, body: `${this.phase}\n` }),
    };
  }

  private async renew(): Promise<void> {
    try {
      const { server } = await this.secrets.ensure();
      this.server?.renew(certificateOf(server));
    } catch (error) {
      this.parts.log.warn({ err: error }, 'could not check the certificate; will try again');
    }
  }

  private async sweep(database: Database): Promise<void> {
    try {
      await database.sweep();
    } catch (error) {
      this.parts.log.warn({ err: error }, 'could not take away records that are no longer needed; will try again');
    }
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
