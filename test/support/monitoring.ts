import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

/** An alert of config/prometheus. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** What an expression names, and whether it can be read at all. */
export interface Named {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
  readonly isComplete: boolean;
}

/** What Grafana puts in the place of its variable, for a usual interval of scrapes. */
const RATE_INTERVAL = '5m';

/** The groups of rules as Prometheus reads them, which is the spec of a PrometheusRule. */
export function ruleGroups(): { groups: readonly { rules: readonly AlertRule[] }[] } {
  const file = readFileSync('config/prometheus/prometheus-rule.yaml', 'utf8');
  return (parse(file) as { spec: { groups: { rules: AlertRule[] }[] } }).spec;
}

export function alertRules(): readonly AlertRule[] {
  return ruleGroups().groups.flatMap(({ rules }) => rules);
}

/** Title and expression of everything that the dashboard shows. */
export function dashboardExpressions(): readonly (readonly [title: string, expr: string])[] {
  const { panels } = JSON.parse(readFileSync('config/prometheus/dashboard.json', 'utf8')) as { panels: Panel[] };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [title, expr.replaceAll('$__rate_interval', RATE_INTERVAL)] as const),
  );
}

/** Reads an expression by Prometheus' own grammar. */
export function namedIn(expression: string): Named {
  const metrics: string[] = [];
  const labels: string[] = [];
  let isComplete = true;
  parser.parse(expression).iterate({
    enter: ({ name, type, from, to, node }) => {
      if (type.isError) isComplete = false;
      if (name === 'LabelName') labels.push(expression.slice(from, to));
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.push(expression.slice(from, to));
    },
  });
  return { metrics, labels, isComplete };
}
