import type { DeepReadonly } from '../client/index.js';
import type { Outcome } from '../reconciler/outcome.js';

/** `metav1.Condition`. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** CamelCase word for programs. */
  reason: string;
  /** Sentence for people that says what to do. */
  message: string;
  /** RFC 3339, to the second. */
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** Why, for programs and for people. */
export interface Explanation {
  reason: string;
  message: string;
}

export interface KstatusInput {
  outcome: Outcome;
  /** `metadata.generation` of the object that was looked at. */
  generation: number | undefined;
  /** Epoch milliseconds. */
  now: number;
  /** The conditions that the object has; their transition times live on while the status stays. */
  previous: DeepReadonly<Condition[]> | undefined;
  /** For Ready; without it the outcome's own words are used. */
  ready?: Explanation;
  /** For Reconciling while it is True; without it the words of Ready are used. */
  reconciling?: Explanation;
}

/** The limit of the API, in characters. */
const LONGEST_MESSAGE = 32_768;

/** Ready, Reconciling and Stalled as kstatus means them, always all three. */
export function kstatusConditions(input: KstatusInput): Condition[] {
  const { outcome } = input;
  const ready = input.ready ?? explain(outcome);
  const working = outcome.kind === 'progress' || outcome.kind === 'wait' || outcome.kind === 'retry';
  const words = { Ready: ready, Reconciling: working ? (input.reconciling ?? ready) : ready, Stalled: ready };
  const truth = { Ready: outcome.kind === 'done', Reconciling: working, Stalled: outcome.kind === 'stalled' };
  const next = (['Ready', 'Reconciling', 'Stalled'] as const).map((type) => ({
    type,
    status: truth[type] ? ('True' as const) : ('False' as const),
    reason: words[type].reason,
    message: words[type].message.slice(0, LONGEST_MESSAGE),
    lastTransitionTime: timestamp(input.now),
    observedGeneration: input.generation,
  }));
  return mergeConditions(
    input.previous?.filter(({ type }) => type in truth),
    next,
  );
}

/**
 * `previous` with `next` laid over it by type. Conditions that only `previous` has stay; an unchanged status keeps its
 * transition time.
 */
export function mergeConditions(
  previous: DeepReadonly<Condition[]> | undefined,
  next: DeepReadonly<Condition[]>,
): Condition[] {
  const merged = new Map<string, Condition>((previous ?? []).map((condition) => [condition.type, { ...condition }]));
  for (const condition of next) {
    const before = merged.get(condition.type);
    const kept = before?.status === condition.status ? { lastTransitionTime: before.lastTransitionTime } : {};
    merged.set(condition.type, { ...condition, ...kept });
  }
  return [...merged.values()];
}

/** The condition of that type, if there is one. */
export function findCondition(
  conditions: DeepReadonly<Condition[]> | undefined,
  type: string,
): DeepReadonly<Condition> | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** RFC 3339 to the second, as Kubernetes writes times. */
export function timestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

function explain(outcome: Outcome): Explanation {
  switch (outcome.kind) {
    case 'done':
      return { reason: 'Ready', message: 'Everything is as declared.' };
    case 'progress':
      return { reason: 'Progressing', message: 'A step was made; the next one follows.' };
    case 'retry':
      return { reason: 'Retrying', message: outcome.error.message };
    case 'wait':
    case 'stalled':
      return { reason: outcome.reason, message: outcome.message };
  }
}
