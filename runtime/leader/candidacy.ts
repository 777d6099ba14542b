import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../client/index.js';
import { microTime } from '../clock/index.js';
import type { LeaseSpec } from './lease.js';

/*
 * The rules of client-go's election. Wall clocks of two machines are never compared: what counts is for how long, by our
 * own monotonic clock, we have seen a lease unchanged.
 */

/** A lease is valid for so long after its last renewal. */
export const LEASE_MS = 15_000;
/** A leader that could not renew for so long has lost, and writes nothing more; before others may take the lease. */
export const RENEW_DEADLINE_MS = 10_000;
/** How often a leader renews. */
export const RETRY_MS = 2_000;
/** How often a candidate looks: a leader that gives the lease up is to be followed within three seconds, work included. */
export const LOOK_MS = 1_000;

/** A lease and since when we have seen it like this. */
export interface Sighting {
  readonly spec: DeepReadonly<LeaseSpec>;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/** Pure: `spec` seen at `now`; what has not changed was seen since it was seen first. */
export function sighted(before: Sighting | undefined, spec: DeepReadonly<LeaseSpec>, now: number): Sighting {
  return before !== undefined && isDeepStrictEqual(before.spec, spec) ? before : { spec, since: now };
}

/** Pure: whether `identity` holds the lease or may take it. */
export function isFree({ spec, since }: Sighting, identity: string, now: number): boolean {
  const { holderIdentity = '', leaseDurationSeconds = 0 } = spec;
  return holderIdentity === '' || holderIdentity === identity || now - since >= leaseDurationSeconds * 1000;
}

/** Pure: the lease once `identity` has taken or renewed it. @param time wall clock, epoch milliseconds */
export function heldBy(before: DeepReadonly<LeaseSpec> | undefined, identity: string, time: number): LeaseSpec {
  const renewTime = microTime(time);
  const isRenewal = before?.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: LEASE_MS / 1000,
    acquireTime: isRenewal ? (before.acquireTime ?? renewTime) : renewTime,
    renewTime,
    leaseTransitions: before === undefined ? 0 : (before.leaseTransitions ?? 0) + (isRenewal ? 0 : 1),
  };
}

/** Pure: the lease once its holder has given it up; others need not wait for it to run out. */
export function givenUp(before: DeepReadonly<LeaseSpec>, time: number): LeaseSpec {
  const now = microTime(time);
  return { ...before, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
}
