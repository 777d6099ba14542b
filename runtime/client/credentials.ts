import type { AgentOptions, RequestOptions } from 'node:https';
import type { DispatcherOptions, KubeConfig } from '@kubernetes/client-node';
import { isDeepStrictEqual } from 'node:util';

/** client-node reads a token file again after 60 s; asking a little later gets the new one. */
const REFRESH_AFTER_MS = 61_000;

/** What proves who we are, as of one moment. */
export interface Identity {
  /** `https://host:port`, without a trailing slash. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How connections are opened: TLS material, proxy. Equal material means equal connections. */
  readonly connection: DispatcherOptions;
}

/** Reads identity and CA from a kubeconfig, and again as they grow old. */
export class Credentials {
  private current: Promise<Identity> | undefined;
  /** The result of the last reading; `undefined` while it is not trusted. */
  private known: Identity | undefined;
  private config: KubeConfig | undefined;
  private readAt = 0;

  /** `load` reads the kubeconfig from where it is; `elapsed` is monotonic milliseconds. */
  constructor(
    private readonly load: () => KubeConfig,
    private readonly elapsed: () => number,
  ) {}

  /** The identity, at most a minute old. */
  async identity(): Promise<Identity> {
    if (this.elapsed() - this.readAt > REFRESH_AFTER_MS) void this.read();
    return this.settled();
  }

  /** Reads everything anew because the server did not accept `used`; one reading serves all who ask meanwhile. */
  async renew(used: Identity): Promise<Identity> {
    if (this.known === used) {
      this.known = undefined;
      this.config = undefined;
      void this.read();
    }
    return this.settled();
  }

  private read(): Promise<Identity> {
    const before = this.current;
    this.readAt = this.elapsed();
    this.current = this.reading(before);
    return this.current;
  }

  /** The identity object stays the same while what it says stays the same. */
  private async reading(before: Promise<Identity> | undefined): Promise<Identity> {
    this.config ??= this.load();
    const next = await identityOf(this.config);
    const last = await before?.catch(() => undefined);
    this.known = last !== undefined && isDeepStrictEqual(next, last) ? last : next;
    return this.known;
  }

  /** A reading that failed (a token file being replaced, a plug-in that exits) is not kept. */
  private async settled(): Promise<Identity> {
    const reading = this.current ?? this.read();
    try {
      return await reading;
    } catch (error) {
      if (this.current === reading) this.current = undefined;
      throw error;
    }
  }
}

async function identityOf(config: KubeConfig): Promise<Identity> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names no current cluster');
  const headers: Record<string, string> = {};
  const options: RequestOptions = { headers };
  await config.applyToHTTPSOptions(options);
  const basic = typeof options.auth === 'string' ? `Basic ${Buffer.from(options.auth).toString('base64')}` : undefined;
  return {
    server: cluster.server.replace(/\/+$/, ''),
    headers: { ...headers, ...(basic === undefined ? {} : { Authorization: basic }) },
    connection: config.createDispatcherOptions(cluster, options as AgentOptions),
  };
}
