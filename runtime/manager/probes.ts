import type { Informers } from '../cache/index.js';
import { resourceName } from '../client/index.js';
import type { Metrics } from '../telemetry/index.js';
import type { Answer, Routes } from '../http/index.js';
import { textAnswer } from '../http/index.js';

/** What else keeps a process from being alive or ready, each in a line. */
export interface Problems {
  readonly ofLife: () => readonly string[];
  readonly ofReadiness: () => readonly string[];
}

/** Alive as long as it answers and nothing is the matter with its life. */
export function healthRoutes(informers: Informers, { ofLife, ofReadiness }: Problems) {
  return { '/healthz': () => told(ofLife()), '/readyz': () => readiness(informers, ofReadiness()) } satisfies Routes;
}

/** Prometheus' text format. */
export function metricsRoutes(metrics: Metrics) {
  const { contentType } = metrics.registry;
  return { '/metrics': async () => ({ code: 200, contentType, body: await metrics.scrape() }) } satisfies Routes;
}

/** Ready when every cache that can be filled has been filled once, and nothing else is missing; it says what is, and why. */
function readiness(informers: Informers, others: readonly string[]): Answer {
  const missing = informers.all().filter((informer) => !informer.synced);
  const problems = missing.map(({ resource, failure }) => `${resourceName(resource)}: ${failure ?? 'not listed yet'}`);
  const isReady = others.length === 0 && missing.every(({ settled }) => settled);
  return told([...problems, ...others], isReady ? 200 : 503);
}

function told(problems: readonly string[], code = 503): Answer {
  return problems.length === 0 ? textAnswer(200, 'ok') : textAnswer(code, problems.join('\n'));
}
