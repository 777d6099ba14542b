import type { ApiRequest } from './api-request.js';

/**
 * The newest version of anything that came by, to tell a write that changed nothing: its reply has a version that was there before
 * it was asked for, since one etcd counts the versions of all kinds.
 */
export class Versions {
  newest = 0n;

  /** An object, a list or a line of a watch, as text: its own version is the first in it. */
  see(text: string): void {
    const version = versionIn(text);
    if (version > this.newest) this.newest = version;
  }

  /** Whether this reply tells of a write after which everything is as before; `before`: the newest when it was asked for. */
  isSpare({ verb }: ApiRequest, { code, body }: { code: number; body: string }, before: bigint): boolean {
    this.see(body);
    // Who takes off the last finalizer is answered with the object as it was.
    const isTold = (verb === 'patch' || verb === 'update') && code === 200 && !body.includes('"deletionTimestamp"');
    return isTold && versionIn(body) <= before;
  }
}

function versionIn(text: string): bigint {
  return BigInt(/"resourceVersion":"(\d+)"/.exec(text)?.[1] ?? 0);
}
