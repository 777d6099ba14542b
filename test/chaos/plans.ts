import { createHash } from 'node:crypto';
import { isWrite, type Verb } from './api-request.js';
import type { EventEffect, Match, RequestEffect, Rule } from './rules.js';

/** One disturbance of one workload. */
export interface Plan {
  /** `create/jobs/1/cut-after`: at the first creation of a Job, the fault `cut-after`. */
  readonly id: string;
  readonly rules: readonly Rule[];
  /** The operator that is started again sees the world as it was before the plan began. */
  readonly remembersBeginning?: boolean;
  /** When all is quiet the operator is restarted in order; it should have nothing to write. */
  readonly restartsInTheEnd?: boolean;
}

interface Fault {
  /** Whether a conforming API server, network or node could do this to such a request. */
  readonly fits: (match: Match) => boolean;
  readonly effects: readonly (RequestEffect | EventEffect)[];
  readonly remembersBeginning?: boolean;
  /**
   * Only at the first request or event of a kind. What a fault does with the next ones is the same, or is what another fault does
   * elsewhere: docs/faults.md says which.
   */
  readonly once?: boolean | ((match: Match) => boolean);
}

const isEvent = ({ verb }: Match) => verb === 'event';
const isRequest = (match: Match) => !isEvent(match);
const changes = (match: Match) => isRequest(match) && isWrite(match as { verb: Verb; resource: string });
const opens = ({ verb }: Match) => verb === 'list' || verb === 'watch';
/** Events are told to people; what becomes of them changes nothing else. */
const matters = (match: Match) => changes(match) && match.resource !== 'events';
const reads = (match: Match) => !changes(match);
const mayConflict = (match: Match) => matters(match) && match.verb !== 'create';

/** Milliseconds; longer than the operator waits for the event that follows a write of its own. */
const HOLD_MS = 6_000;
/** Longer than most of a workload takes from one event to the next. */
const SKIP_MS = 1_500;
const DELAY_MS = 2_000;
const OUTAGE_MS = 2_500;

const FAULTS: Readonly<Record<string, Fault>> = {
  'cut-before': { fits: isRequest, effects: [{ kind: 'cut', when: 'before' }], once: true },
  'cut-after': { fits: changes, effects: [{ kind: 'cut', when: 'after' }] },
  delay: { fits: matters, effects: [{ kind: 'delay', ms: DELAY_MS }], once: true },
  409: { fits: mayConflict, effects: [{ kind: 'reply', code: 409, when: 'before' }], once: true },
  410: { fits: opens, effects: [{ kind: 'reply', code: 410, when: 'before' }], once: true },
  429: { fits: isRequest, effects: [{ kind: 'reply', code: 429, when: 'before' }], once: true },
  500: { fits: isRequest, effects: [{ kind: 'reply', code: 500, when: 'before' }], once: reads },
  '500-after': { fits: matters, effects: [{ kind: 'reply', code: 500, when: 'after' }] },
  503: { fits: matters, effects: [{ kind: 'reply', code: 503, when: 'before' }], once: true },
  outage: { fits: matters, effects: [{ kind: 'outage', code: 500, ms: OUTAGE_MS }], once: true },
  'kill-before': { fits: matters, effects: [{ kind: 'kill', when: 'before' }], once: true },
  'kill-after': { fits: changes, effects: [{ kind: 'kill', when: 'after' }] },
  stale: { fits: matters, effects: [{ kind: 'remember' }, { kind: 'kill', when: 'after' }] },
  'stale-beginning': {
    fits: matters,
    effects: [{ kind: 'kill', when: 'after' }],
    remembersBeginning: true,
    once: true,
  },
  hold: { fits: isEvent, effects: [{ kind: 'hold', ms: HOLD_MS }] },
  'cut-line': { fits: isEvent, effects: [{ kind: 'cut line' }], once: true },
  garble: { fits: isEvent, effects: [{ kind: 'garble' }], once: true },
  expire: { fits: isEvent, effects: [{ kind: 'expire' }], once: true },
  skip: { fits: isEvent, effects: [{ kind: 'skip', ms: SKIP_MS }] },
  repeat: { fits: isEvent, effects: [{ kind: 'repeat', times: 3 }], once: true },
};

/** A plan without a fault. */
export const RESTART_IN_THE_END: Plan = { id: 'restart-in-the-end', rules: [], restartsInTheEnd: true };

/** No family's business: the manager's own Lease. */
const SPARED = new Set(['leases']);

/** Pure: each fault at each request and event that a workload was seen to make. `met` is by `<verb> <resource>`. */
export function plansFor(met: ReadonlyMap<string, number>): Plan[] {
  const disturbances = [...met]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([kind, count]) => {
      const [verb = '', resource = ''] = kind.split(' ');
      if (SPARED.has(resource)) return [];
      const match = { verb, resource } as Match;
      return Object.entries(FAULTS)
        .filter(([, { fits }]) => fits(match))
        .flatMap(([name, { once }]) => {
          const times = (typeof once === 'function' ? once(match) : once) === true ? 1 : count;
          return Array.from({ length: times }, (_, index) => planOf(match, index + 1, name));
        });
    });
  return [...disturbances, RESTART_IN_THE_END];
}

/** Whether the operator that is started again is shown how everything was before. */
export function seesOlder({ rules, remembersBeginning }: Plan): boolean {
  return remembersBeginning === true || rules.some(({ effect }) => effect.kind === 'remember');
}

/** The names of all faults. */
export const FAULT_NAMES: readonly string[] = Object.keys(FAULTS);

/** The plan of an id; throws when there can be none. */
export function planNamed(id: string): Plan {
  if (id === RESTART_IN_THE_END.id) return RESTART_IN_THE_END;
  const parts = id.split('/');
  const [verb, fault, nth] = [parts.at(0), parts.at(-1) ?? '', Number(parts.at(-2))];
  const match = { verb, resource: parts.slice(1, -2).join('/') } as Match;
  if (FAULTS[fault]?.fits(match) !== true || !(Number.isInteger(nth) && nth >= 1))
    throw new Error(`there is no plan ${id}: VERB/RESOURCE/N/FAULT, with one of ${FAULT_NAMES.join(', ')} that fits`);
  return planOf(match, nth, fault);
}

/** `count` of the items, by chance; each has its place by seed and name alone, whatever others there are. */
export function sample<T>(items: readonly T[], count: number, seed: number, nameOf: (item: T) => string): T[] {
  const place = (item: T) =>
    createHash('sha256')
      .update(`${seed} ${nameOf(item)}`)
      .digest('hex');
  return items
    .map((item) => ({ item, place: place(item) }))
    .toSorted((one, other) => (one.place < other.place ? -1 : 1))
    .slice(0, count)
    .map(({ item }) => item);
}

function planOf(match: Match, nth: number, name: string): Plan {
  const { effects = [], remembersBeginning } = FAULTS[name] ?? {};
  return {
    id: `${match.verb}/${match.resource}/${nth}/${name}`,
    rules: effects.map((effect) => ({ match, nth, effect })),
    ...(remembersBeginning === true && { remembersBeginning }),
  };
}
