import type { Seen } from './history.js';

/** What differs between two runs of the same, in any text, and what is put in its place. */
const ACCIDENTS: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>'],
  [/\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g, '<ulid>'],
  // Porter's driver names its Jobs by a revision.
  [/\b((?:install|upgrade|uninstall)-dev-[a-z]+)-[0-9a-z]{5}\b/g, '$1-<revision>'],
  // Names that are computed from a uid, and with them those of Pods.
  [/-[0-9a-f]{10}\b/g, '-<hash>'],
  [/(-<hash>|-<revision>)-[a-z0-9]{5}\b/g, '$1-<pod>'],
  // Versions of Secrets that a run was given.
  [/(\\"[\w-]+\\":\\")\d+(?=\\")/g, '$1<version>'],
];
const METADATA = ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields', 'selfLink'];

/** An object without what differs between two runs of the same; keys are sorted. Pure. */
export function canonical(object: Seen): Seen {
  const { namespace = '' } = object.metadata;
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([name]) => !METADATA.includes(name)));
  const bare = { ...object, metadata, ...hidden(object), ...withoutExitCode(object) };
  const text = ACCIDENTS.reduce((told, [accident, word]) => told.replace(accident, word), JSON.stringify(sorted(bare)));
  return JSON.parse(namespace === '' ? text : text.replaceAll(namespace, '<namespace>')) as Seen;
}

/** `<kind> <name>` without what differs. */
export function canonicalName({ kind, metadata }: Seen): string {
  const name = ACCIDENTS.reduce((told, [accident, word]) => told.replace(accident, word), metadata.name);
  return `${kind} ${name}`;
}

/** Of what a Secret holds, only that it does: much of it is new with every run. */
function hidden({ kind, ...object }: Seen): object {
  const { data } = object as { data?: Record<string, string> };
  if (kind !== 'Secret' || data === undefined) return {};
  return { data: Object.keys(data).sort() };
}

/** It is told when the operator has seen the Pod before it knew the verdict, which is the record's. */
function withoutExitCode({ kind, status }: Seen): object {
  return kind === 'AgentAction' && status !== undefined ? { status: { ...status, exitCode: undefined } } : {};
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}

/** Paths at which two values differ, with both. */
export function differences(one: unknown, other: unknown, path = ''): string[] {
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  const [left, right] = [one, other] as [Record<string, unknown>, Record<string, unknown>];
  const bothObjects = [one, other].every((value) => typeof value === 'object' && value !== null);
  if (!bothObjects) return [`${path}: ${JSON.stringify(one)} ≠ ${JSON.stringify(other)}`];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].flatMap((name) => differences(left[name], right[name], `${path}.${name}`));
}
