import { createHash } from 'node:crypto';
import { encodeTime } from 'ulid';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * Ids of the two results of a run. They follow from the run alone, so that whoever records a result, and however often,
 * records the same one; the final one is greater than the one that says `running`.
 * @param createdAt when the bundle's Job was created, epoch milliseconds
 */
export function resultIds(runId: string, createdAt: number): { readonly running: string; readonly final: string } {
  const time = encodeTime(createdAt, 10);
  const digits = [...createHash('sha256').update(runId).digest().subarray(0, 15)].map((byte) => CROCKFORD[byte % 32]);
  return { running: `${time}0${digits.join('')}`, final: `${time}Z${digits.join('')}` };
}
