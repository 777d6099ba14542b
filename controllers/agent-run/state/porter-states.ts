import { inject, injectable } from 'inversify';
import type { PorterState, PorterStateServer } from '../../../integrations/porter/state/index.js';
import {
  StateUnavailableError,
  openPorterState,
  openPorterStateServer,
} from '../../../integrations/porter/state/index.js';
import { Clock } from '../../../runtime/clock/index.js';
import type { StateStore } from '../config/effective-porter-config.js';
import { RunConfiguration } from '../config/run-configuration.js';
import { EmbeddedStore } from './embedded-store.js';
import { StoreUrls, hasPlaceholders } from './store-urls.js';

/** A server that did not answer is left alone this long. */
const REST_MS = 10_000;

/** What a server said that could not be asked, and until when (epoch ms) nobody asks it again. */
interface Absence {
  readonly error: StateUnavailableError;
  readonly until: number;
}

/**
 * Porter's database as seen from a Kubernetes namespace. Connections are opened when first asked for, shared by all who
 * ask, replaced when the login changes, and closed with {@link close}. A server that does not answer keeps one worker
 * waiting at a time, and not all of them.
 */
@injectable()
export class PorterStates {
  private embedded?: { readonly url: string; readonly server: PorterStateServer };
  /** By server, what was opened with which connection string. */
  private readonly external = new Map<string, { readonly url: string; readonly state: PorterState }>();
  /** By server. */
  private readonly absences = new Map<string, Absence>();

  constructor(
    @inject(RunConfiguration) private readonly configuration: RunConfiguration,
    @inject(EmbeddedStore) private readonly embeddedStore: EmbeddedStore,
    @inject(StoreUrls) private readonly urls: StoreUrls,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * What the records of the namespace say; the question gets `undefined` where none are kept that can be read.
   * @throws StateUnavailableError when the server does not answer, or did not a moment ago
   */
  async ask<T>(namespace: string, question: (state: PorterState | undefined) => Promise<T>): Promise<T> {
    const server = this.serverOf(namespace);
    const absence = this.absences.get(server);
    if (absence !== undefined) {
      if (absence.until > this.clock.now()) throw absence.error;
      // One finds out whether it is back; all others are told meanwhile what was known last.
      this.absences.set(server, { ...absence, until: Infinity });
    }
    try {
      const answer = await question(await this.of(namespace));
      this.absences.delete(server);
      return answer;
    } catch (error) {
      if (error instanceof StateUnavailableError) {
        this.absences.set(server, { error, until: this.clock.now() + REST_MS });
      } else if (absence !== undefined) this.absences.set(server, absence);
      throw error;
    }
  }

  /**
   * Tells servers apart: namespaces for which this is equal have their records in the same place. What an address takes
   * from Secrets is each namespace's own.
   */
  serverOf(namespace: string): string {
    const { store } = this.configuration.porter(namespace);
    if (store.kind !== 'External') return store.kind;
    return hasPlaceholders(store.url) ? `${namespace} ${store.url}` : store.url;
  }

  /** Ends all connections; the object can be used again afterwards. */
  async close(): Promise<void> {
    const connections = [
      ...(this.embedded ? [this.embedded.server] : []),
      ...[...this.external.values()].map(({ state }) => state),
    ];
    this.embedded = undefined;
    this.external.clear();
    await Promise.all(connections.map((connection) => connection.close()));
  }

  private async of(namespace: string): Promise<PorterState | undefined> {
    const { store } = this.configuration.porter(namespace);
    switch (store.kind) {
      case 'Embedded':
        return (await this.embeddedServer()).tenant(namespace);
      case 'External':
        return this.externalState(namespace, store);
      case 'None':
        return undefined;
    }
  }

  private async embeddedServer(): Promise<PorterStateServer> {
    const login = await this.embeddedStore.managerLogin();
    if (this.embedded?.url === login.url) return this.embedded.server;
    const outdated = this.embedded?.server;
    const server = openPorterStateServer(login);
    this.embedded = { url: login.url, server };
    await outdated?.close();
    return server;
  }

  private async externalState(namespace: string, store: StateStore & { kind: 'External' }): Promise<PorterState> {
    const url = await this.urls.resolve(namespace, store.url);
    const server = this.serverOf(namespace);
    const known = this.external.get(server);
    if (known?.url === url) return known.state;
    const state = openPorterState({ url });
    this.external.set(server, { url, state });
    await known?.state.close();
    return state;
  }
}
