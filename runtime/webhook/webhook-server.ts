import { Client } from '../client/index.js';
import type { Transport } from '../client/index.js';
import type { Clock } from '../clock/index.js';
import { HttpEndpoint, parseAddress } from '../http/index.js';
import type { Routes } from '../http/index.js';
import type { ClassOf } from '../schema/index.js';
import type { CertificateSource } from '../tls/index.js';
import { CertificateWatch, certificateFiles } from '../tls/index.js';
import { ManagedCertificate } from './managed-certificate.js';
import { WEBHOOK_PATHS } from './names.js';
import type { ReviewerDeps } from './reviewer.js';
import { Reviewer } from './reviewer.js';

/** Injection token of the API classes for which webhooks are served, one binding for each. */
export const ADMITTED = Symbol.for('runtime.Admitted');

/** How webhooks are served. */
export interface WebhookOptions {
  /** `:9443`; `0` is off. */
  readonly address: string;
  /** Folder with `tls.crt` and `tls.key` that somebody else provides; empty: the certificate is managed here. */
  readonly certDir: string;
  /** The Service through which the API server calls, and its namespace, which is also that of the certificate's Secret. */
  readonly service: string;
  readonly namespace: string;
  /** Of a certificate that is managed here, in milliseconds. */
  readonly certLifetimeMs: number;
}

/** What serving webhooks needs from its surroundings. */
export interface WebhookDeps extends ReviewerDeps {
  readonly transport: Transport;
  readonly clock: Clock;
}

/** How soon a start that failed is tried again. */
const RETRY_MS = 10_000;

/**
 * Serves admission webhooks in every replica, whether it leads or not. What keeps it from serving, such as a certificate
 * that is not there yet, keeps the process from being ready and from nothing else.
 */
export class WebhookServer {
  private readonly routes: Routes;
  private endpoint: HttpEndpoint | undefined;
  private failure: string | undefined;
  private cancelRetry: () => void = () => undefined;
  private stopped = false;

  constructor(
    kinds: readonly ClassOf[],
    private readonly options: WebhookOptions,
    private readonly deps: WebhookDeps,
  ) {
    const reviewer = new Reviewer(kinds, deps);
    this.routes = {
      [WEBHOOK_PATHS.validating]: (request) => reviewer.validate(request),
      [WEBHOOK_PATHS.mutating]: (request) => reviewer.default(request),
    };
  }

  /** Begins to serve, and tries until that succeeds. Throws when the address is none. */
  start(): void {
    if (parseAddress(this.options.address) === undefined) return;
    this.failure = 'not served yet';
    void this.open();
  }

  /** What keeps it from serving, for people. */
  problems(): string[] {
    return this.failure === undefined ? [] : [`admission webhooks: ${this.failure}`];
  }

  /** The port in use, also when 0 was asked for. */
  get port(): number | undefined {
    return this.endpoint?.port;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelRetry();
    await this.endpoint?.stop();
  }

  private async open(): Promise<void> {
    const { scheduler, log } = this.deps;
    const certificate = new CertificateWatch('webhook', this.certificateSource(), this.deps);
    const endpoint = new HttpEndpoint(this.options.address, this.routes, { certificate });
    try {
      await endpoint.start();
      this.endpoint = endpoint;
      this.failure = undefined;
      if (this.stopped) await endpoint.stop();
      else log.info({ address: this.options.address }, 'serving admission webhooks');
    } catch (error) {
      await endpoint.stop();
      const failure = error instanceof Error ? error.message : String(error);
      if (failure !== this.failure) log.error({ err: error }, 'admission webhooks cannot be served yet');
      this.failure = failure;
      if (!this.stopped) this.cancelRetry = scheduler.after(RETRY_MS, () => void this.open());
    }
  }

  private certificateSource(): CertificateSource {
    const { certDir, service, namespace, certLifetimeMs: lifetimeMs } = this.options;
    if (certDir !== '') return certificateFiles(certDir);
    const names = [`${service}.${namespace}.svc`, `${service}.${namespace}`, 'localhost', '127.0.0.1'];
    // The fence keeps from writing who may have lost its lease; these writes are right whoever makes them.
    const client = new Client(this.deps.transport);
    return new ManagedCertificate({ namespace, names, lifetimeMs }, client, this.deps.clock);
  }
}
