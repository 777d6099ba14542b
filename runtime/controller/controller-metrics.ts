import type { QueueObserver } from '../queue/index.js';
import type { Outcome } from '../reconciler/outcome.js';
import type { Metrics } from '../telemetry/index.js';

/** controller-runtime's words for how a pass ended. */
const RESULTS = ['success', 'requeue', 'requeue_after', 'error'] as const;
type Result = (typeof RESULTS)[number];

/** One controller's numbers. */
export class ControllerMetrics implements QueueObserver {
  private readonly queue: { name: string; controller: string };
  /** When the passes under way began. */
  private readonly underWay = new Set<{ readonly begun: number }>();

  constructor(
    private readonly metrics: Metrics,
    private readonly controller: string,
  ) {
    this.queue = { name: controller, controller };
    metrics.onScrape(() => this.measure());
    this.showZeros();
  }

  workers(count: number): void {
    this.metrics.maxConcurrent.set({ controller: this.controller }, count);
  }

  added(depth: number): void {
    this.metrics.queueAdds.inc(this.queue);
    this.metrics.queueDepth.set(this.queue, depth);
  }

  taken(depth: number, waitedMs: number): void {
    this.metrics.queueDepth.set(this.queue, depth);
    this.metrics.queueTime.observe(this.queue, waitedMs / 1000);
  }

  retried(): void {
    this.metrics.queueRetries.inc(this.queue);
  }

  timedOut(): void {
    this.metrics.reconcileTimeouts.inc({ controller: this.controller });
  }

  /** A pass begins; the returned function is called at its end. */
  started(): (outcome: Outcome) => void {
    const { controller, metrics, queue } = this;
    const pass = { begun: performance.now() };
    this.underWay.add(pass);
    metrics.activeWorkers.inc({ controller });
    return (outcome) => {
      const seconds = (performance.now() - pass.begun) / 1000;
      this.underWay.delete(pass);
      metrics.activeWorkers.dec({ controller });
      metrics.reconcileTime.observe({ controller }, seconds);
      metrics.workTime.observe(queue, seconds);
      metrics.reconciles.inc({ controller, result: resultOf(outcome) });
      if (outcome.kind === 'retry') metrics.reconcileErrors.inc({ controller });
      if (outcome.kind === 'stalled') metrics.terminalErrors.inc({ controller });
    };
  }

  /** Age of the longest work under way, in milliseconds; 0 if there is none. */
  longestMs(): number {
    return Math.max(0, ...this.agesMs());
  }

  private agesMs(): number[] {
    const now = performance.now();
    return [...this.underWay].map(({ begun }) => now - begun);
  }

  /** A series that begins with its first event looks to Prometheus as if nothing had happened. */
  private showZeros(): void {
    const { controller, metrics } = this;
    for (const result of RESULTS) metrics.reconciles.inc({ controller, result }, 0);
    for (const counter of [metrics.reconcileErrors, metrics.terminalErrors, metrics.reconcileTimeouts])
      counter.inc({ controller }, 0);
  }

  private measure(): void {
    this.metrics.unfinishedWork.set(this.queue, this.agesMs().reduce((sum, one) => sum + one, 0) / 1000);
    this.metrics.longestRunning.set(this.queue, this.longestMs() / 1000);
  }
}

function resultOf(outcome: Outcome): Result {
  switch (outcome.kind) {
    case 'done':
      return outcome.recheckAfterMs === undefined ? 'success' : 'requeue_after';
    case 'wait':
      return outcome.afterMs === undefined ? 'success' : 'requeue_after';
    case 'progress':
      return 'requeue';
    case 'retry':
    case 'stalled':
      return 'error';
  }
}
