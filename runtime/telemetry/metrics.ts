import { injectable } from 'inversify';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** controller-runtime's buckets, in seconds. */
const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
/** workqueue's buckets from 0.1 ms on, and between 10 s and 1000 s finer ones: there somebody begins to notice. */
const QUEUE_BUCKETS = [0.0001, 0.001, 0.01, 0.1, 1, 10, 30, 60, 100, 300, 1000];

/** The API server waits for some seconds at most. */
const WEBHOOK_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** How often the lag of the event loop is measured; prom-client's 10 ms cost an idle operator more than all the rest. */
const LOOP_PRECISION_MS = 50;

/** All numbers the product publishes, under controller-runtime's names so that stock dashboards work. */
@injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly reconciles = this.counter('controller_runtime_reconcile_total', 'Passes per controller and result', [
    'controller',
    'result',
  ]);
  readonly reconcileErrors = this.counter(
    'controller_runtime_reconcile_errors_total',
    'Failed passes that are tried again',
    ['controller'],
  );
  readonly terminalErrors = this.counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Passes that ended in a state only a person can mend',
    ['controller'],
  );
  readonly reconcileTimeouts = this.counter('controller_runtime_reconcile_timeouts_total', 'Passes cut off', [
    'controller',
  ]);
  readonly reconcileTime = this.histogram(
    'controller_runtime_reconcile_time_seconds',
    'Length of a pass',
    ['controller'],
    RECONCILE_BUCKETS,
  );
  readonly maxConcurrent = this.gauge('controller_runtime_max_concurrent_reconciles', 'Workers', ['controller']);
  readonly activeWorkers = this.gauge('controller_runtime_active_workers', 'Workers at work', ['controller']);

  readonly queueDepth = this.gauge('workqueue_depth', 'Keys waiting', ['name', 'controller']);
  readonly queueAdds = this.counter('workqueue_adds_total', 'Keys added', ['name', 'controller']);
  readonly queueRetries = this.counter('workqueue_retries_total', 'Keys added again after a failure', [
    'name',
    'controller',
  ]);
  readonly queueTime = this.histogram(
    'workqueue_queue_duration_seconds',
    'How long a key waits',
    ['name', 'controller'],
    QUEUE_BUCKETS,
  );
  readonly workTime = this.histogram(
    'workqueue_work_duration_seconds',
    'How long a key is worked on',
    ['name', 'controller'],
    QUEUE_BUCKETS,
  );

  readonly unfinishedWork = this.gauge(
    'workqueue_unfinished_work_seconds',
    'Seconds of work under way, all keys together; growing steadily means stuck',
    ['name', 'controller'],
  );
  readonly longestRunning = this.gauge(
    'workqueue_longest_running_processor_seconds',
    'Age of the longest work under way',
    ['name', 'controller'],
  );

  readonly leading = this.gauge('leader_election_master_status', '1 in the process that leads', ['name']);

  readonly requests = this.counter('rest_client_requests_total', 'Replies of the API server', [
    'code',
    'host',
    'method',
  ]);

  readonly certificateReads = this.counter('certwatcher_read_certificate_total', 'Looks at the serving certificate');
  readonly certificateErrors = this.counter(
    'certwatcher_read_certificate_errors_total',
    'Looks at the serving certificate that found none that can be used',
  );
  readonly certificateExpiry = this.gauge(
    'certwatcher_certificate_expiration_timestamp_seconds',
    'When the serving certificate in use expires, seconds since 1970',
    ['server'],
  );

  readonly webhookRequests = this.counter('controller_runtime_webhook_requests_total', 'Reviews by HTTP status', [
    'webhook',
    'code',
  ]);
  readonly webhookLatency = this.histogram(
    'controller_runtime_webhook_latency_seconds',
    'How long a review takes',
    ['webhook'],
    WEBHOOK_BUCKETS,
  );
  readonly webhookInFlight = this.gauge('controller_runtime_webhook_requests_in_flight', 'Reviews under way', [
    'webhook',
  ]);

  private readonly gauges: (() => void)[] = [];

  /** `measure` sets gauges that are only worth computing when somebody looks. */
  onScrape(measure: () => void): void {
    this.gauges.push(measure);
  }

  /** Everything in Prometheus' text format. */
  scrape(): Promise<string> {
    for (const measure of this.gauges) measure();
    return this.registry.metrics();
  }

  /** Adds the process's own numbers (CPU, memory, event loop), which need timers of their own. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LOOP_PRECISION_MS });
  }

  /** A number that only grows; `name` ends in `_total`. */
  counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** A number that goes up and down. */
  gauge<L extends string>(name: string, help: string, labelNames: L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  /** How values are spread; `buckets` are upper bounds in the metric's unit. */
  histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
