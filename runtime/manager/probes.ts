import type { Informers } from '../cache/index.js';
import { resourceName } from '../client/index.js';
import type { Metrics } from '../telemetry/index.js';
import type { Answer, Routes } from './http-endpoint.js';

/** Alive as long as it answers and `problems` names none. */
export function healthRoutes(informers: Informers, problems: () => readonly string[]): Routes {
  return { '/healthz': () => told(problems()), '/readyz': () => readiness(informers) };
}

/** Prometheus' text format. */
export function metricsRoutes(metrics: Metrics): Routes {
  const { contentType } = metrics.registry;
  return { '/metrics': async () => ({ code: 200, contentType, body: await metrics.scrape() }) };
}

/** Ready when every cache that can be filled has been filled once; it says what is missing and why. */
function readiness(informers: Informers): Answer {
  const missing = informers.all().filter((informer) => !informer.synced);
  const problems = missing.map(({ resource, failure }) => `${resourceName(resource)}: ${failure ?? 'not listed yet'}`);
  return told(problems, missing.every(({ settled }) => settled) ? 200 : 503);
}

function told(problems: readonly string[], code = 503): Answer {
  return problems.length === 0 ? text(200, 'ok\n') : text(code, problems.map((problem) => `${problem}\n`).join(''));
}

const text = (code: number, body: string): Answer => ({ code, contentType: 'text/plain; charset=utf-8', body });
