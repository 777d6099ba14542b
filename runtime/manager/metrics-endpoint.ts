import { hostname } from 'node:os';
import type { Client } from '../client/index.js';
import type { Clock, Scheduler } from '../clock/index.js';
import type { Logger, Metrics } from '../telemetry/index.js';
import { CertificateWatch, SelfSignedCertificate, certificateFiles } from '../tls/index.js';
import type { Protection } from '../http/index.js';
import { HttpEndpoint } from '../http/index.js';
import { metricsRoutes } from './probes.js';
import { ReviewedAccess } from './reviewed-access.js';

/** How metrics are served. */
export interface MetricsOptions {
  /** `:8443`; `0` is off. */
  readonly metricsAddress: string;
  /** HTTPS, for whom the API server allows it; false: HTTP, for everybody. The default is true. */
  readonly metricsSecure?: boolean;
  /** Folder with `tls.crt` and `tls.key`; without one the certificate is self-signed. */
  readonly metricsCertDir?: string;
}

/** What serving metrics needs. */
export interface MetricsDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** The endpoint of /metrics; nothing is read or opened before it is started. */
export function metricsEndpoint(options: MetricsOptions, deps: MetricsDeps): HttpEndpoint {
  const { metricsAddress, metricsSecure = true } = options;
  return new HttpEndpoint(
    metricsAddress,
    metricsRoutes(deps.metrics),
    metricsSecure ? protection(options, deps) : undefined,
  );
}

function protection({ metricsCertDir = '' }: MetricsOptions, deps: MetricsDeps): Protection {
  const { client, clock, log } = deps;
  const source =
    metricsCertDir === ''
      ? new SelfSignedCertificate([hostname(), 'localhost', '127.0.0.1'], clock)
      : certificateFiles(metricsCertDir);
  const access = new ReviewedAccess(client, clock, log);
  return { certificate: new CertificateWatch('metrics', source, deps), refusal: (request) => access.refusal(request) };
}
