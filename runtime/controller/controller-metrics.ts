import type { QueueObserver } from '../queue/index.js';
import type { Outcome } from '../reconciler/outcome.js';
import type { Metrics } from '../telemetry/index.js';

/** controller-runtime's words for how a pass ended. */
type Result = 'success' | 'requeue' | 'requeue_after' | 'error';

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

  private measure(): void {
    const now = performance.now();
    const seconds = [...this.underWay].map(({ begun }) => (now - begun) / 1000);
    this.metrics.unfinishedWork.set(
      this.queue,
      seconds.reduce((sum, one) => sum + one, 0),
    );
    this.metrics.longestRunning.set(this.queue, Math.max(0, ...seconds));
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
