import { JOB_TYPES, LABELS } from '../../api/porter/v1/well-known.js';
import { isWrite } from './api-request.js';
import { canonical, canonicalName, differences } from './canonical.js';
import type { Change, Seen } from './history.js';
import type { JournalEntry } from './journal.js';

/** What is known of one run of a workload. */
export interface Evidence {
  readonly changes: readonly Change[];
  /** What there is after all of it. */
  readonly end: readonly Seen[];
  /** One of each object that ever was. */
  readonly everSeen: readonly Seen[];
  readonly journal: readonly JournalEntry[];
  /** The lists and watches of everything that the operator asked for meanwhile. */
  readonly openings: readonly JournalEntry[];
  /** What Porter recorded as run, oldest first: `install shop`. */
  readonly runs: readonly string[];
  /** When nothing was expected to be written any more, by the journal's clock. */
  readonly quietAt: number;
  /** What the operator's process did that nobody told it to. */
  readonly misdeeds: readonly string[];
  /** Why the workload did not come to its end. */
  readonly failure?: string;
}

/** Something that must not be. */
export interface Violation {
  readonly oracle: string;
  readonly told: string;
}

type Oracle = (evidence: Evidence, reference: Evidence) => string[];

/** Pure: what is wrong with a run, compared with one that was left in peace. */
export function violationsOf(evidence: Evidence, reference: Evidence): Violation[] {
  return Object.entries<Oracle>(ORACLES).flatMap(([oracle, judge]) =>
    judge(evidence, reference).map((told) => ({ oracle, told })),
  );
}

/** What a fault may cost: an outage is felt by several kinds, each with its tries. A loop makes hundreds. */
const SPARE_WRITES = 40;

/** Of one kind: with every start one list and one watch, and some tries while the server is away. */
const MANY_OPENINGS = 25;

/** Milliseconds; what the gate says with every 429. */
const RETRY_AFTER_MS = 1_000;

/** So many writes to one object may change nothing. */
const SPARE_REPEATS = 2;

const ORACLES = {
  'it comes to its end': ({ failure }) => (failure === undefined ? [] : [failure]),
  'the end is the same': (evidence, reference) => differentEnd(evidence.end, reference.end),
  'objects live as often': (evidence, reference) => differentLives(evidence.everSeen, reference.everSeen),
  'one agent Job per generation and retry': ({ everSeen }) => doubledJobs(everSeen),
  'Porter runs the same': ({ runs }, reference) =>
    runs.join(', ') === reference.runs.join(', ') ? [] : [`it ran ${list(runs)} instead of ${list(reference.runs)}`],
  'nothing is left behind': ({ end }) => leaks(end),
  'what is recorded stays': ({ changes }) => takenBack(changes),
  'a write changes something': ({ journal }) => tooManySpare(journal),
  'the status is true': ({ changes }) => untruths(changes),
  'the process stays well': ({ misdeeds }) => [...misdeeds],
  'nothing is written in the end': ({ journal, quietAt }) =>
    // What is refused has written nothing: a slow pass may learn what has changed or gone when all else is quiet.
    journal
      .filter((entry) => isWrite(entry) && entry.at > quietAt && entry.code < 400)
      .map((entry) => `late: ${told(entry)}`),
  'no loop': ({ journal, openings }, reference) => [
    ...tooMany(writes(journal), writes(reference.journal) + SPARE_WRITES),
    ...[...countsBy(openings, ({ verb, resource }) => `${verb} ${resource}`)]
      .filter(([, count]) => count > MANY_OPENINGS)
      .map(([what, count]) => `${count} times ${what}, and ${MANY_OPENINGS} would be many`),
  ],
  'a server that asks for patience gets it': ({ journal }) => impatient(journal),
  'a deletion names an incarnation': ({ journal }) =>
    journal.filter((entry) => entry.names === 'whatever is there' && !isNamedByPorter(entry)).map(told),
} satisfies Record<string, Oracle>;

/** The promises that are looked after. */
export type OracleName = keyof typeof ORACLES;

/**
 * The values that Porter made for an installation are in a Secret whose name follows from the installation's alone, and who may
 * delete it is whose finalizer is still on the one Installation that owns that name.
 */
function isNamedByPorter({ resource, name }: JournalEntry): boolean {
  return resource === 'secrets' && name?.startsWith('values-') === true;
}

/** Whether two ends differ in nothing that counts. */
export function sameEnd(end: readonly Seen[], expected: readonly Seen[]): boolean {
  return differentEnd(end, expected).length === 0;
}

function differentEnd(end: readonly Seen[], expected: readonly Seen[]): string[] {
  const left = sortedTexts(expected);
  const surplus = sortedTexts(end).filter((text) => !takeFrom(left, text));
  return [...surplus.map((text) => explain(text, left)), ...left.map((text) => `missing: ${nameOf(text)}`)];
}

/** What differs from an object of the same name, which is then taken as explained. */
function explain(text: string, missing: string[]): string {
  const twin = missing.find((other) => nameOf(other) === nameOf(text));
  if (twin === undefined) return `surplus: ${nameOf(text)}`;
  takeFrom(missing, twin);
  return `${nameOf(text)} differs: ${differences(JSON.parse(twin), JSON.parse(text)).join('; ')}`;
}

/** What Pods look like is the control plane's business. */
function sortedTexts(objects: readonly Seen[]): string[] {
  const ours = objects.filter(({ kind }) => kind !== 'Pod');
  return ours.map((object) => JSON.stringify(canonical(object))).sort();
}

function nameOf(text: string): string {
  return canonicalName(JSON.parse(text) as Seen);
}

function takeFrom<T>(items: T[], item: T): boolean {
  const index = items.indexOf(item);
  if (index >= 0) items.splice(index, 1);
  return index >= 0;
}

function differentLives(seen: readonly Seen[], expected: readonly Seen[]): string[] {
  const [now, before] = [countsBy(seen, canonicalName), countsBy(expected, canonicalName)];
  const names = [...new Set([...now.keys(), ...before.keys()])];
  return names
    .filter((name) => now.get(name) !== before.get(name) && !isLateView(name, now.get(name)))
    .map((name) => `${name} lived ${now.get(name) ?? 0} times instead of ${before.get(name) ?? 0}`);
}

/**
 * Who hears late that an Installation is being deleted shows the outputs of its last run before. That has no effect, and whether
 * they are shown in the end is another oracle's matter; to be made twice is never right.
 */
function isLateView(name: string, count = 0): boolean {
  return name.startsWith('InstallationOutput ') && count <= 1;
}

/** The same incarnation of an object has asked for more than one agent for one generation and retry, under whatever names. */
function doubledJobs(everSeen: readonly Seen[]): string[] {
  const byUid = new Map(everSeen.map((object) => [object.metadata.uid, object]));
  const ownerOf = ({ metadata }: Seen) => byUid.get(metadata.ownerReferences?.[0]?.uid ?? '');
  const jobs = everSeen.filter(
    ({ kind, metadata }) => kind === 'Job' && metadata.labels?.[LABELS.jobType] === JOB_TYPES.agent,
  );
  const runOf = ({ metadata: { labels = {} } }: Seen) =>
    `${labels[LABELS.resourceGeneration]} ${labels[LABELS.retry] ?? ''}`;
  /** An action may be retried as its parent may; one that somebody wrote by hand has no parent. */
  const purpose = (job: Seen) => {
    const action = ownerOf(job);
    const parent = action && ownerOf(action);
    if (action === undefined || parent === undefined) return `${actionOf(job)} ${runOf(job)}`;
    return `${parent.kind} ${parent.metadata.name} ${parent.metadata.uid} ${runOf(action)} ${runOf(job)}`;
  };
  return [...countsBy(jobs, purpose)]
    .filter(([, count]) => count > 1)
    .map(([why, count]) => `${count} agent Jobs for ${why}`);
}

function actionOf({ metadata: { labels = {} } }: Seen): string {
  return `${labels[LABELS.resourceKind]} ${labels[LABELS.resourceName]}`;
}

/** Objects of ours that nobody will ever take away: what they belong to is gone. */
export function leaks(end: readonly Seen[]): string[] {
  const living = new Set(end.map(({ metadata }) => metadata.uid));
  return end
    .filter(({ metadata }) => metadata.labels?.[LABELS.managed] === 'true')
    .filter((object) => {
      const { ownerReferences = [], labels = {} } = object.metadata;
      if (ownerReferences.length > 0) return !ownerReferences.some(({ uid }) => living.has(uid));
      // Values that Porter keeps for the next run of an installation.
      if (labels[LABELS.resourceKind] === undefined) return !end.some(({ kind }) => kind === 'Installation');
      return !end.some(
        ({ kind, metadata }) => kind === labels[LABELS.resourceKind] && metadata.name === labels[LABELS.resourceName],
      );
    })
    .map((object) => `${object.kind} ${object.metadata.name} belongs to nobody`);
}

/** Kinds whose Ready says that a run of that generation has succeeded. */
const RUN_KINDS = new Set(['Installation', 'CredentialSet', 'ParameterSet']);

function untruths(changes: readonly Change[]): string[] {
  const found: string[] = [];
  const observed = new Map<string, number>();
  for (const { type, object } of changes) {
    if (type === 'DELETED' || !RUN_KINDS.has(object.kind)) continue;
    const { uid, name, generation = 0 } = object.metadata;
    const { observedGeneration = 0, conditions = [] } = object.status ?? {};
    const ready = conditions.find((condition) => condition.type === 'Ready');
    const what = `${object.kind} ${name}`;
    if (observedGeneration > generation)
      found.push(`${what} observed generation ${observedGeneration} of ${generation}`);
    if (observedGeneration < (observed.get(uid) ?? 0)) found.push(`${what} observes an older generation again`);
    observed.set(uid, observedGeneration);
    if (ready?.status !== 'True') continue;
    if (ready.observedGeneration !== observedGeneration)
      found.push(`${what} is Ready for ${ready.observedGeneration}, and has observed ${observedGeneration}`);
    if (completedGeneration(object) !== observedGeneration)
      found.push(`${what} is Ready for ${observedGeneration}, and has completed ${completedGeneration(object)}`);
    if (!hasEnded(changes, object)) found.push(`${what} is Ready for ${observedGeneration} before its agent has ended`);
  }
  return [...new Set(found)];
}

/** From one version of an object to the next: that a run has ended is forgotten, or an unchanged condition told anew. */
function takenBack(changes: readonly Change[]): string[] {
  const found: string[] = [];
  const last = new Map<string, Seen>();
  for (const { object } of changes) {
    const before = last.get(object.metadata.uid);
    last.set(object.metadata.uid, object);
    if (before === undefined || object.kind === 'Job' || object.kind === 'Pod') continue;
    const what = `${object.kind} ${object.metadata.name}`;
    const [was, is] = [completedGeneration(before) ?? 0, completedGeneration(object) ?? 0];
    if (is < was) found.push(`${what} has completed ${was}, and then ${is}`);
    for (const { type, status, lastTransitionTime } of before.status?.conditions ?? []) {
      const now = object.status?.conditions?.find((condition) => condition.type === type);
      if (now?.status === status && now.lastTransitionTime !== lastTransitionTime)
        found.push(
          `${what}: ${type} is ${status} since ${lastTransitionTime}, and then since ${now.lastTransitionTime}`,
        );
    }
  }
  return found;
}

function completedGeneration({ status }: Seen): number | undefined {
  return (status as { completed?: { generation?: number } } | undefined)?.completed?.generation;
}

/** An agent of this object and generation had ended well before this version of the object was stored. */
function hasEnded(changes: readonly Change[], { kind, metadata, status }: Seen): boolean {
  const actions = changes.filter(({ object }) => {
    const { labels = {} } = object.metadata;
    const isOfIt = labels[LABELS.resourceKind] === kind && labels[LABELS.resourceName] === metadata.name;
    return (
      object.kind === 'AgentAction' && isOfIt && labels[LABELS.resourceGeneration] === `${status?.observedGeneration}`
    );
  });
  const names = new Set(actions.map(({ object }) => object.metadata.name));
  return changes.some(({ object }) => {
    const { labels = {}, resourceVersion } = object.metadata;
    return (
      object.kind === 'Pod' &&
      names.has(labels[LABELS.resourceName] ?? '') &&
      labels[LABELS.jobType] === JOB_TYPES.agent &&
      (object.status as { phase?: string } | undefined)?.phase === 'Succeeded' &&
      // One etcd counts the versions of all kinds.
      BigInt(resourceVersion) < BigInt(metadata.resourceVersion)
    );
  });
}

function writes(journal: readonly JournalEntry[]): number {
  return journal.filter(isWrite).length;
}

/**
 * A status is written over the version that was looked at, so that the same one can never be written twice. Other writes are made
 * once more by who has not heard of them yet, or has got no reply.
 */
function tooManySpare(journal: readonly JournalEntry[]): string[] {
  const spare = journal.filter(({ isSpare }) => isSpare === true);
  const counts = countsBy(spare, told);
  return [...counts]
    .filter(([what, count]) => count > (/\/status /.test(what) ? 0 : SPARE_REPEATS))
    .map(([what, count]) => `${count} times nothing was changed by: ${what}`);
}

/** The same write to the same object came again sooner than the server had asked for. A write without a name may be another one. */
function impatient(journal: readonly JournalEntry[]): string[] {
  const refused = journal.filter((entry) => entry.code === 429 && isWrite(entry) && entry.name !== undefined);
  return refused.flatMap(({ verb, resource, name, at, life }) =>
    journal
      .filter((next) => next.verb === verb && next.resource === resource && next.name === name && next.life === life)
      .filter((next) => next.at > at && next.at < at + RETRY_AFTER_MS)
      .map((next) => `${told(next)} came after ${Math.round(next.at - at)} ms`),
  );
}

function tooMany(count: number, limit: number): string[] {
  return count <= limit ? [] : [`${count} writes, and ${limit} would be many`];
}

function told({ verb, resource, name, code }: JournalEntry): string {
  return `${verb} ${resource} ${name ?? ''} (${code})`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? 'nothing' : items.join(', ');
}

function countsBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
