import type { Client } from '../../runtime/client/index.js';
import { sleep, systemScheduler } from '../../runtime/clock/index.js';
import type { Routes } from '../../runtime/http/index.js';
import { HttpEndpoint, parseAddress } from '../../runtime/http/index.js';
import type { Logger } from '../../runtime/telemetry/index.js';
import type { KeyPair } from '../../runtime/tls/index.js';
import { StoreSecrets } from './identity/store-secrets.js';
import type { StateStoreOptions } from './options.js';
import { Database } from './persistence/database.js';
import { encryptionKey } from './persistence/envelope.js';
import { KubernetesRecordStore } from './persistence/kubernetes-record-store.js';
import { Commands } from './query/commands.js';
import { Pruner } from './retention/pruner.js';
import { Authentication } from './wire/authentication.js';
import type { ServerCertificate } from './wire/server.js';
import { WireServer } from './wire/server.js';

const RETRY_MS = 2_000;
const RENEWAL_CHECK_MS = 12 * 3_600_000;
const SWEEP_MS = 10 * 60_000;
/** Below the Pod's grace period of 30 s. */
const DRAIN_MS = 15_000;

/** The whole program: waits for Kubernetes, reads what is stored, then serves until it is stopped. */
export class StateStore {
  private readonly health: HttpEndpoint;
  private readonly secrets: StoreSecrets;
  private readonly stopping = new AbortController();
  private server: WireServer | undefined;
  private readonly upkeep: NodeJS.Timeout[] = [];

  constructor(
    private readonly client: Client,
    private readonly options: StateStoreOptions,
    private readonly log: Logger,
  ) {
    this.health = new HttpEndpoint(options.healthProbeBindAddress, this.routes());
    this.secrets = new StoreSecrets({ ...options, client, now: Date.now });
  }

  /** Returns once clients are served, or it was stopped before that. */
  async start(): Promise<void> {
    await this.health.start();
    const identity = await this.persistently('reading the Secrets', () => this.secrets.ensure());
    if (identity === undefined) return;
    const { client, options, log } = this;
    const key = encryptionKey(identity.encryptionKey);
    const database = new Database(
      new KubernetesRecordStore({ client, namespace: options.namespace, key, log }),
      Date.now,
    );
    const filled = await this.persistently('reading the records', () => database.fill());
    if (filled === undefined) return;
    for (const damaged of filled.damaged) log.error({ damaged }, 'a record cannot be read; its tenant is not served');
    const authentication = new Authentication(identity.accessKey);
    const pruner = new Pruner({ keepRuns: options.keepRuns, now: Date.now, log });
    const retention = { logLimit: options.logLimit, pruner };
    const commands = new Commands({ database, authentication, now: Date.now, retention });
    this.server = new WireServer(certificateOf(identity.server), commands.handle, log);
    const port = await this.server.listen(parseAddress(options.listen) ?? { port: 0 });
    this.upkeep.push(setInterval(() => void this.renew(), RENEWAL_CHECK_MS));
    this.upkeep.push(setInterval(() => void this.sweep(database), SWEEP_MS));
    log.info({ records: filled.records, port }, 'serving');
  }

  /** Lets answers under way go out, then ends. */
  async stop(): Promise<void> {
    this.log.info({}, 'stopping');
    this.stopping.abort();
    for (const timer of this.upkeep) clearInterval(timer);
    await this.server?.drain(DRAIN_MS);
    await this.health.stop();
  }

  private routes(): Routes {
    const contentType = 'text/plain; charset=utf-8';
    return {
      '/healthz': () => ({ code: 200, contentType, body: 'ok\n' }),
      '/readyz': () =>
        this.server !== undefined && !this.stopping.signal.aborted
          ? { code: 200, contentType, body: 'ok\n' }
          : { code: 503, contentType, body: 'the records are not read yet\n' },
    };
  }

  private async renew(): Promise<void> {
    try {
      const { server } = await this.secrets.ensure();
      this.server?.renew(certificateOf(server));
    } catch (error) {
      this.log.warn({ err: error }, 'could not check the certificate; will try again');
    }
  }

  private async sweep(database: Database): Promise<void> {
    try {
      await database.sweep();
    } catch (error) {
      this.log.warn({ err: error }, 'could not take away records that are no longer needed; will try again');
    }
  }

  /** Tries until it works: without Kubernetes there is nothing to do but wait. Undefined when stopped. */
  private async persistently<T>(what: string, attempt: () => Promise<T>): Promise<T | undefined> {
    while (!this.stopping.signal.aborted) {
      try {
        return await attempt();
      } catch (error) {
        this.log.warn({ err: error }, `${what} failed; will try again`);
        await sleep(systemScheduler, RETRY_MS, this.stopping.signal);
      }
    }
    return undefined;
  }
}

const certificateOf = ({ certificate, key }: KeyPair): ServerCertificate => ({ cert: certificate, key });
