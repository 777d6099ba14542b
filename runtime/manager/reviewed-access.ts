import { createHash } from 'node:crypto';
import type { Client } from '../client/index.js';
import { ApiError } from '../client/index.js';
import type { Clock } from '../clock/index.js';
import { ExpiringCache } from '../clock/index.js';
import { Rbac } from '../schema/index.js';
import type { Logger } from '../telemetry/index.js';
import type { Answer, AskedRequest } from '../http/index.js';
import { textAnswer } from '../http/index.js';

/** The parts of an authentication.k8s.io TokenReview's status that matter here. */
interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: {
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
}

/** Whose token it is, as far as anybody knows, and whether that user may do what was asked. */
type Verdict =
  { readonly kind: 'Allowed' } | { readonly kind: 'Unknown' } | { readonly kind: 'Denied'; readonly user: string };

/** How long a right that was taken away still works, and one that was granted does not yet. */
const ALLOWED_LIFETIME_MS = 60_000;
const REFUSED_LIFETIME_MS = 10_000;
/** Some scrapers with a token each; what tries tokens out neither fills the memory nor drives out who is allowed. */
const CAPACITY = 256;
/** Whoever reaches the port could otherwise take all connections to the API server from the reconciles. */
const MOST_REVIEWS = 4;

/**
 * Lets those in whom the API server knows by their bearer token (TokenReview) and allows the request, as RBAC has it for
 * `nonResourceURLs` (SubjectAccessReview). Tokens are neither kept nor logged.
 */
@Rbac({ groups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'], clusterScope: true })
@Rbac({ groups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'], clusterScope: true })
export class ReviewedAccess {
  private readonly verdicts: ExpiringCache<Verdict>;
  private underWay = 0;

  constructor(
    private readonly client: Pick<Client, 'post'>,
    clock: Clock,
    private readonly log: Logger,
  ) {
    this.verdicts = new ExpiringCache(
      clock,
      ({ kind }) => (kind === 'Allowed' ? ALLOWED_LIFETIME_MS : REFUSED_LIFETIME_MS),
      CAPACITY,
    );
  }

  /** What the request is refused with; `undefined` when it may go on. */
  async refusal(request: AskedRequest): Promise<Answer | undefined> {
    const token = bearerOf(request.authorization);
    if (token === undefined) return unauthorized('a bearer token is needed: Authorization: Bearer <token>');
    try {
      return refusalOf(await this.verdict(token, request), request);
    } catch (error) {
      if (error instanceof TooManyError) return textAnswer(503, error.message, { 'retry-after': '1' });
      const { code, reason } = error instanceof ApiError ? error : { code: 0, reason: 'Error' };
      this.log.error({ code, reason, path: request.path }, 'who may read this cannot be asked of the API server');
      return textAnswer(500, 'the API server could not be asked whether you may read this');
    }
  }

  private verdict(token: string, request: AskedRequest): Promise<Verdict> {
    const digest = createHash('sha256').update(token).digest('base64');
    return this.verdicts.get(`${digest} ${verbOf(request)} ${request.path}`, () => this.inTurn(token, request));
  }

  private async inTurn(token: string, request: AskedRequest): Promise<Verdict> {
    if (this.underWay >= MOST_REVIEWS) throw new TooManyError('too many tokens are being looked at: come again');
    this.underWay += 1;
    try {
      return await this.review(token, request);
    } finally {
      this.underWay -= 1;
    }
  }

  private async review(token: string, request: AskedRequest): Promise<Verdict> {
    const known = await this.ask<TokenReviewStatus>('authentication.k8s.io', 'TokenReview', { token });
    if (known?.authenticated !== true || known.user === undefined) return { kind: 'Unknown' };
    const { username = '', uid, groups, extra } = known.user;
    const nonResourceAttributes = { path: request.path, verb: verbOf(request) };
    const spec = { user: username, uid, groups, extra, nonResourceAttributes };
    const access = await this.ask<{ allowed?: boolean }>('authorization.k8s.io', 'SubjectAccessReview', spec);
    return access?.allowed === true ? { kind: 'Allowed' } : { kind: 'Denied', user: username };
  }

  private async ask<S>(group: string, kind: string, spec: object): Promise<S | undefined> {
    const path = `/apis/${group}/v1/${kind.toLowerCase()}s`;
    const { status } = await this.client.post<object, { status?: S }>(path, { apiVersion: `${group}/v1`, kind, spec });
    return status;
  }
}

class TooManyError extends Error {}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

/** RBAC's verbs for URLs that are no resources are HTTP's methods. */
const verbOf = ({ method }: AskedRequest): string => method.toLowerCase();

function refusalOf(verdict: Verdict, request: AskedRequest): Answer | undefined {
  switch (verdict.kind) {
    case 'Allowed':
      return undefined;
    case 'Unknown':
      return unauthorized('the API server does not know this token');
    case 'Denied':
      return textAnswer(
        403,
        `${verdict.user} may not ${verbOf(request)} ${request.path}: it needs a ClusterRole for that URL`,
      );
  }
}

function unauthorized(why: string): Answer {
  return textAnswer(401, why, { 'www-authenticate': 'Bearer' });
}
