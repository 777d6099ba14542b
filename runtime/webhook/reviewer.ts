import type { Answer, ReceivedRequest } from '../http/index.js';
import { RefusedRequest } from '../http/index.js';
import type { AdmissionRules, ClassOf } from '../schema/index.js';
import { admissionOf, customResourceOf } from '../schema/index.js';
import type { Scheduler } from '../clock/index.js';
import type { Logger, Metrics } from '../telemetry/index.js';
import type { AdmissionRequest, AdmissionResponse } from './admission-review.js';
import { parseReview, reviewText } from './admission-review.js';
import { defaulted, validated } from './review.js';

/** What reviewing needs from its surroundings. */
export interface ReviewerDeps {
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** controller-runtime's: two objects of the largest size that the API server takes, and room. */
const MAX_BYTES = 7 * 1024 * 1024;
/** The API server waits for no longer: see the generated configurations. */
const DEADLINE_MS = 5_000;

/** Answers AdmissionReviews by the rules of the kinds' classes. */
export class Reviewer {
  private readonly rules: ReadonlyMap<string, AdmissionRules>;

  constructor(
    kinds: readonly ClassOf[],
    private readonly deps: ReviewerDeps,
    private readonly deadlineMs = DEADLINE_MS,
  ) {
    this.rules = new Map(kinds.map((kind) => [keyOf(customResourceOf(kind)), admissionOf(kind)]));
  }

  /** Whether a write is allowed. */
  validate(request: ReceivedRequest): Promise<Answer> {
    return this.measured(request, (review, rules) =>
      validated(review, rules, (err) => {
        const { uid, namespace, name } = review;
        this.deps.log.error({ err, uid, kind: review.kind.kind, namespace, name }, 'a rule for admission failed');
      }),
    );
  }

  /** What a write leaves out that is to be filled in. */
  default(request: ReceivedRequest): Promise<Answer> {
    return this.measured(request, defaulted);
  }

  private async measured(request: ReceivedRequest, respond: Respond): Promise<Answer> {
    const { metrics, scheduler } = this.deps;
    const webhook = request.path;
    const begun = scheduler.elapsed();
    let code = 500;
    metrics.webhookInFlight.inc({ webhook });
    try {
      const answer = await this.answered(request, respond);
      code = answer.code;
      return answer;
    } catch (error) {
      if (error instanceof RefusedRequest) code = error.answer.code;
      throw error;
    } finally {
      metrics.webhookInFlight.dec({ webhook });
      metrics.webhookLatency.observe({ webhook }, (scheduler.elapsed() - begun) / 1000);
      metrics.webhookRequests.inc({ webhook, code: String(code) });
    }
  }

  private async answered(request: ReceivedRequest, respond: Respond): Promise<Answer> {
    if (request.method !== 'POST') throw new RefusedRequest(405, 'reviews are asked for by POST', { allow: 'POST' });
    if (!/^application\/json *(;|$)/i.test(request.contentType ?? '')) {
      throw new RefusedRequest(415, 'a review is of content type application/json');
    }
    const review = parseReview(await request.body({ maxBytes: MAX_BYTES, deadlineMs: this.deadlineMs }));
    const rules = this.rules.get(keyOf(review.kind));
    if (rules === undefined) {
      const served = [...this.rules.keys()].join(', ') || 'none';
      throw new RefusedRequest(400, `there are no rules for ${keyOf(review.kind)}; there are for: ${served}`);
    }
    const response = respond(review, rules);
    if (!response.allowed) this.tell(review, response);
    return { code: 200, contentType: 'application/json', body: reviewText(review.uid, response) };
  }

  private tell({ uid, kind, namespace, name }: AdmissionRequest, { status }: AdmissionResponse): void {
    const { message } = status as { message?: string };
    this.deps.log.info({ uid, kind: kind.kind, namespace, name, message }, 'refused by a rule');
  }
}

type Respond = (request: AdmissionRequest, rules: AdmissionRules) => AdmissionResponse;

function keyOf({ group, version, kind }: AdmissionRequest['kind']): string {
  return `${group}/${version} ${kind}`;
}
