import type { Informers } from '../cache/index.js';
import { resourceName } from '../client/index.js';
import type { Metrics } from '../telemetry/index.js';
import type { Answer, Routes } from './http-endpoint.js';

/** Alive as long as it answers: a blocked event loop does not. */
export function healthRoutes(informers: Informers): Routes {
  return { '/healthz': () => text(200, 'ok\n'), '/readyz': () => readiness(informers) };
}

/** Prometheus' text format. */
export function metricsRoutes(metrics: Metrics): Routes {
  const { contentType } = metrics.registry;
  return { '/metrics': async () => ({ code: 200, contentType, body: await metrics.scrape() }) };
}

/** Ready when every cache that can be filled has been filled once; it says what is missing and why. */
function readiness(informers: Informers): Answer {
  const missing = informers.all().filter((informer) => !informer.synced);
  if (missing.length === 0) return text(200, 'ok\n');
  const isReady = missing.every((informer) => informer.settled);
  const lines = missing.map(({ resource, failure }) => `${resourceName(resource)}: ${failure ?? 'not listed yet'}\n`);
  return text(isReady ? 200 : 503, lines.join(''));
}

const text = (code: number, body: string): Answer => ({ code, contentType: 'text/plain; charset=utf-8', body });
