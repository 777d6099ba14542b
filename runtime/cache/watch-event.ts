import type { KubernetesJson, Stored } from '../client/index.js';

/** One line of a watch; `ERROR` lines are thrown instead. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored<KubernetesJson> }
  | {
      readonly type: 'BOOKMARK';
      readonly resourceVersion: string;
      /** Everything that there was when the watch began has been told. */
      readonly endsList: boolean;
    };

/** A line that is no event: something was lost, only a list can tell what. */
export class MalformedEventError extends Error {
  constructor(line: string, cause?: unknown) {
    super(`not a watch event: ${line.slice(0, 120)}`, { cause });
    this.name = 'MalformedEventError';
  }
}

/** An `ERROR` line other than 'expired': the server gave this watch up. */
export class WatchFailedError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'WatchFailedError';
  }
}
