import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Scheduler } from '../clock/index.js';
import type { Logger, Metrics } from '../telemetry/index.js';
import type { CertificateSource } from './certificate-source.js';
import type { KeyPair } from './certificates.js';

/** controller-runtime looks as often. */
const INTERVAL_MS = 10_000;

/** What a watch needs from its surroundings. */
export interface CertificateWatchDeps {
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Keeps a server's certificate up to date: a new one is used from the next connection on. */
export class CertificateWatch {
  private current: KeyPair | undefined;
  private told: string | undefined;
  private cancel: () => void = () => undefined;
  private stopped = false;

  /** `server` says in metrics whose certificate it is. */
  constructor(
    private readonly server: string,
    private readonly source: CertificateSource,
    private readonly deps: CertificateWatchDeps,
  ) {}

  /** Hands the certificate to `use`, now and whenever there is another one. Rejects when there is none to begin with. */
  async start(use: (pair: KeyPair) => void): Promise<void> {
    await this.refresh(use);
    this.schedule(use);
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private schedule(use: (pair: KeyPair) => void): void {
    if (this.stopped) return;
    this.cancel = this.deps.scheduler.after(INTERVAL_MS, () => {
      void this.refresh(use)
        .then(
          () => (this.told = undefined),
          (error: unknown) => this.tell(error),
        )
        .then(() => this.schedule(use));
    });
  }

  private async refresh(use: (pair: KeyPair) => void): Promise<void> {
    const { metrics, log } = this.deps;
    metrics.certificateReads.inc();
    try {
      const pair = await this.source.load();
      if (pair.certificate === this.current?.certificate && pair.key === this.current.key) return;
      // Throws while one of the two files is new and the other one is not.
      createSecureContext({ cert: pair.certificate, key: pair.key });
      use(pair);
      const { validTo } = new X509Certificate(pair.certificate);
      metrics.certificateExpiry.set({ server: this.server }, Date.parse(validTo) / 1000);
      if (this.current !== undefined) log.info({ server: this.server, validTo }, 'serving with a new certificate');
      this.current = pair;
    } catch (error) {
      metrics.certificateErrors.inc();
      throw error;
    }
  }

  /** Once for each new explanation; the old certificate is used on. */
  private tell(error: unknown): void {
    const explanation = String(error);
    if (this.told === explanation) return;
    this.told = explanation;
    this.deps.log.error({ server: this.server, err: error }, 'the certificate cannot be read; the old one is used on');
  }
}
