import type { Verb } from './api-request.js';

/** What is done to a request. Times are milliseconds. */
export type RequestEffect =
  /** The connection breaks; `after`: the server has done it, and only the reply is lost. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** An answer that is not the server's; `after`: the server has done it nevertheless. */
  | { readonly kind: 'reply'; readonly code: number; readonly when: 'before' | 'after' }
  /** The operator is killed and started again. */
  | { readonly kind: 'kill'; readonly when: 'before' | 'after' }
  /** From now on, for a while, every request of the plan is answered so. */
  | { readonly kind: 'outage'; readonly code: number; readonly ms: number }
  /** How everything is before this request is kept for the operator's next start. */
  | { readonly kind: 'remember' };

/** What is done to a watch at one of its events. */
export type EventEffect =
  /** This event and all that follow come late; nothing is lost. */
  | { readonly kind: 'hold'; readonly ms: number }
  /** The connection breaks in the middle of the line. */
  | { readonly kind: 'cut line' }
  /** The server no longer knows the version: it says so in the stream, with code 410. */
  | { readonly kind: 'expire' }
  /** The stream is silent for a while, then expires: what happened in between is never seen. */
  | { readonly kind: 'skip'; readonly ms: number }
  /** The line is no JSON, and the stream goes on as if nothing had been. */
  | { readonly kind: 'garble' }
  | { readonly kind: 'repeat'; readonly times: number };

/** What a rule applies to: requests of one kind, or the events of the watches of one resource. */
export interface Match {
  readonly verb: Verb | 'event';
  readonly resource: string;
}

/** Something happens at the n-th request or event of its kind, counted from 1. */
export interface Rule<E = RequestEffect | EventEffect> {
  readonly match: Match;
  readonly nth: number;
  readonly effect: E;
}

/** Pure: counts what it is told of, and says what is to be done about it. */
export class RuleBook {
  private readonly counts = new Map<string, number>();
  private readonly used = new Set<Rule>();

  constructor(private readonly rules: readonly Rule[]) {}

  /** One more of its kind has come. */
  meet({ verb, resource }: Match): { nth: number; effects: readonly Rule['effect'][] } {
    const kind = `${verb} ${resource}`;
    const nth = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, nth);
    const due = this.rules.filter(
      ({ match, nth: wanted }) => match.verb === verb && match.resource === resource && wanted === nth,
    );
    for (const rule of due) this.used.add(rule);
    return { nth, effects: due.map(({ effect }) => effect) };
  }

  /** Whether every rule has been applied. */
  get isExhausted(): boolean {
    return this.used.size === this.rules.length;
  }

  /** How many of each kind have come, by `<verb> <resource>`. */
  get met(): ReadonlyMap<string, number> {
    return this.counts;
  }
}
