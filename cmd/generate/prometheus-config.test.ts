import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { alertRules, dashboardExpressions, namedIn } from '../../test/support/monitoring.js';
import { FAMILIES } from './families.js';
import type { MetricDefinition } from './metrics.js';
import { metricDefinitions } from './metrics.js';

/** What Prometheus itself adds. */
const SYNTHETIC = ['up'];
const TARGET_LABELS = ['job', 'namespace', 'pod', 'service', 'instance'];

describe('config/prometheus', () => {
  const definitions = new Map<string, MetricDefinition>();
  const expressions: (readonly [string, string])[] = [
    ...alertRules().map(({ alert, expr }) => [alert, expr] as const),
    ...dashboardExpressions(),
  ];

  before(() => {
    for (const definition of metricDefinitions(FAMILIES)) definitions.set(definition.name, definition);
  });

  /** The metric that a series belongs to: those of a histogram have names of their own. */
  const definitionOf = (series: string) => {
    const histogram = definitions.get(series.replace(/_(bucket|sum|count)$/, ''));
    return histogram?.type === 'histogram' ? histogram : definitions.get(series);
  };

  it('has alerts and a dashboard', () => {
    expect(alertRules().length).to.be.above(5);
    expect(dashboardExpressions().length).to.be.above(10);
  });

  for (const [title, expression] of expressions) {
    it(`asks only for what there is: ${title}: ${expression.slice(0, 60)}`, () => {
      const { metrics, labels, isComplete } = namedIn(expression);
      expect(isComplete, 'can be read').to.equal(true);
      expect(metrics).to.not.be.empty;
      const known = metrics.filter((name) => !SYNTHETIC.includes(name));
      for (const name of known) expect(definitionOf(name), name).to.not.equal(undefined);
      const carried = known.flatMap((name) => definitionOf(name)?.labelNames ?? []);
      expect([...carried, ...TARGET_LABELS, 'le']).to.include.members([...labels]);
      for (const name of known.filter((one) => definitionOf(one)?.type === 'histogram'))
        expect(name).to.match(/_(bucket|sum|count)$/);
    });
  }

  it('scrapes the Service that config/manager makes, under the name that all expressions ask for', () => {
    const service = parse(readFileSync('config/manager/metrics-service.yaml', 'utf8')) as Service;
    const monitor = parse(readFileSync('config/prometheus/service-monitor.yaml', 'utf8')) as Monitor;
    expect(service.metadata.labels).to.include(monitor.spec.selector.matchLabels);
    expect(service.spec.ports.map(({ name }) => name)).to.include(monitor.spec.endpoints[0]?.port);
    for (const [title, expression] of expressions)
      for (const selector of expression.match(/\w+\{[^}]*\}/g) ?? [])
        expect(selector, title).to.include(`job="${service.metadata.name}"`);
  });
});

interface Service {
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly spec: { readonly ports: readonly { readonly name: string }[] };
}

interface Monitor {
  readonly spec: {
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly endpoints: readonly { readonly port: string }[];
  };
}
