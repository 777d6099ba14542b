import type { DispatcherOptions } from '@kubernetes/client-node';
import { isDeepStrictEqual } from 'node:util';
import type { Dispatcher } from 'undici';
import { Agent, DecoratorHandler, ProxyAgent } from 'undici';
import type { ApiRequest } from './request.js';
import type { Fence } from './write-fence.js';

/** Enough for the workers of all controllers; more only queues up inside the API server. */
const REQUEST_CONNECTIONS = 16;
const CONNECT_TIMEOUT_MS = 5_000;
/** Below the 90 s after which an API server closes an idle connection. */
const KEEP_ALIVE_MS = 60_000;
/** A watch that has not begun by then is given up. */
const WATCH_BEGINS_MS = 15_000;
/** The pool's own limits on a reply; 0 is none. */
type Limits = Pick<Agent.Options, 'connections' | 'headersTimeout' | 'bodyTimeout'>;
/** Each call has a deadline of its own, and that of a long list must not be undercut here. */
const FOR_REQUESTS: Limits = { connections: REQUEST_CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 };
const FOR_URGENT: Limits = { ...FOR_REQUESTS, connections: 2 };
const FOR_WATCHES: Limits = { headersTimeout: WATCH_BEGINS_MS };

/** What decides which pool serves a call. */
type Kind = Pick<ApiRequest, 'urgent'> & { readonly idleMs?: number };

/**
 * Three pools to one server: requests share few connections, each watch has one of its own, and what is urgent does not
 * queue behind requests that hang.
 */
export class Connections {
  private readonly requests: Dispatcher;
  private readonly urgent: Dispatcher;
  private readonly watches: Dispatcher;

  constructor(private readonly options: DispatcherOptions) {
    this.requests = open(options, FOR_REQUESTS);
    this.urgent = open(options, FOR_URGENT);
    this.watches = open(options, FOR_WATCHES);
  }

  /** The pool for a call. */
  for({ idleMs, urgent }: Kind): Dispatcher {
    if (idleMs !== undefined) return this.watches;
    return urgent === true ? this.urgent : this.requests;
  }

  /** Whether connections opened with `options` would be the same. */
  fit(options: DispatcherOptions): boolean {
    return isDeepStrictEqual(options, this.options);
  }

  /** Lets what is under way end and opens nothing more. */
  retire(): void {
    void this.requests.close();
    void this.urgent.close();
    void this.watches.close();
  }

  /** Ends everything at once. */
  async destroy(): Promise<void> {
    await Promise.all([this.requests, this.urgent, this.watches].map((pool) => pool.destroy()));
  }
}

/** Asks a call's fence when its turn has come and it is about to be written: it may have waited for a connection. */
class Fenced extends DecoratorHandler {
  constructor(
    private readonly inner: Dispatcher.DispatchHandler,
    private readonly fence: Fence,
  ) {
    super(inner);
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    try {
      this.fence.allowance();
    } catch (error) {
      controller.abort(error as Error);
      return;
    }
    this.inner.onRequestStart?.(controller, context);
  }
}

const heedFences: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const { fence } = options as { fence?: Fence };
  return dispatch(options, fence === undefined ? handler : new Fenced(handler, fence));
};

/** HTTP/1.1: measured faster than HTTP/2 at these numbers of connections, and one lost connection costs one call. */
function open(options: DispatcherOptions, limits: Limits): Dispatcher {
  return pool(options, limits).compose(heedFences);
}

function pool(options: DispatcherOptions, limits: Limits): Dispatcher {
  const tuning = {
    allowH2: false,
    ...limits,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
  };
  const timeout = CONNECT_TIMEOUT_MS;
  switch (options.type) {
    case 'agent':
      return new Agent({ ...tuning, connect: { ...options.connect, timeout } });
    case 'none':
      return new Agent({ ...tuning, connect: { timeout } });
    case 'proxy':
      return new ProxyAgent({ ...tuning, uri: options.uri, requestTls: { ...options.requestTls, timeout } });
    case 'socks':
      throw new Error('a SOCKS proxy in the kubeconfig is not supported; use an HTTP proxy');
  }
}
