import { Container } from 'inversify';
import type { MetricType } from 'prom-client';
import { Reader } from '../../runtime/cache/index.js';
import { Metrics } from '../../runtime/telemetry/index.js';
import type { Family } from './families.js';
import { markdownFile } from './generated-file.js';
import type { GeneratedFile } from './generated-file.js';
import { cell } from './reference.js';

/** A metric as the code defines it. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType | string;
  readonly labelNames: readonly string[];
}

/** Everything that the manager shows with these families, by name. */
export function metricDefinitions(families: readonly Pick<Family, 'metrics'>[]): MetricDefinition[] {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(Metrics).toSelf();
  container.bind<object>(Reader).toConstantValue({});
  const metrics = container.get(Metrics);
  metrics.collectProcess();
  for (const part of families.flatMap((family) => family.metrics)) container.bind(part).toSelf();
  for (const part of families.flatMap((family) => family.metrics)) container.get(part);
  // prom-client's types do not tell of the names of labels.
  const defined = metrics.registry.getMetricsAsArray() as unknown as MetricDefinition[];
  return defined.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const PROCESS = /^(process|nodejs)_/;

/** The page that lists the metrics. */
export function metricsPage(definitions: readonly MetricDefinition[]): GeneratedFile {
  return markdownFile('docs/reference/metrics.md', [
    '# Metrics',
    '',
    'The manager shows these at `https://…:8443/metrics` to whom the ClusterRole `porterops-metrics-reader` is bound; names that controller-runtime has, too, mean the same,',
    'but that what only a person can mend counts as `terminal` alone, not among the errors that are tried again.',
    'Alerts and a dashboard for them are in `config/prometheus`.',
    ...table(
      'The operator',
      definitions.filter(({ name }) => !PROCESS.test(name)),
    ),
    ...table(
      'The process',
      definitions.filter(({ name }) => PROCESS.test(name)),
    ),
  ]);
}

function table(title: string, definitions: readonly MetricDefinition[]): string[] {
  const rows = definitions.map(({ name, type, labelNames, help }) => {
    const labels = labelNames.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${labels} | ${cell(help)} |`;
  });
  return ['', `## ${title}`, '', '| metric | type | labels | meaning |', '|---|---|---|---|', ...rows];
}
