import { createHash } from 'node:crypto';

/** What makes a child unique; the same parts always give the same name. */
export interface ChildIdentity {
  /** Kind and uid of the parent. */
  readonly kind: string;
  readonly uid: string;
  readonly generation: number;
  readonly attempt: number;
  /** Tells children of one generation and attempt apart. */
  readonly step: string;
}

const HASH_LENGTH = 10;
/** Names become label values and Pod host names, whose limit is this. */
const MAX_LENGTH = 63;

/**
 * `base`, shortened, plus ten hex digits of the identity: at most 63 characters, a DNS label if `base` is a name of
 * Kubernetes, since a Job's name becomes part of host names.
 */
export function childName(base: string, identity: ChildIdentity): string {
  const { kind, uid, generation, attempt, step } = identity;
  return `${truncated(base)}-${hashOf(JSON.stringify([kind, uid, generation, attempt, step]))}`;
}

/** A name as label value: itself if it fits, else shortened with a hash that keeps long names apart. */
export function labelValue(name: string): string {
  return name.length <= MAX_LENGTH ? name : `${truncated(name)}-${hashOf(name)}`;
}

function truncated(base: string): string {
  return base
    .slice(0, MAX_LENGTH - HASH_LENGTH - 1)
    .replaceAll('.', '-')
    .replace(/[^a-z0-9]+$/i, '');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}
