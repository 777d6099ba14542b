import { setTimeout as delay } from 'node:timers/promises';

interface Listing {
  readonly code: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** How long an operator that was started again sees the world as it was, in milliseconds. */
const LAG_MS = 2_500;

/**
 * Lets an operator that comes back find a server that lags: its lists are those of a moment before it was killed, and its
 * watches, which go on from there, say nothing for a while. Then they tell everything that has happened since.
 *
 * A cache of an API server may answer so where the reader does not ask for the newest (`resourceVersion=0`). Ours does ask,
 * and a server that keeps its word would not lag; it is demanded nevertheless that nothing is done twice or undone on
 * such knowledge, since names and preconditions must hold even then.
 */
export class OlderView {
  private readonly asked = new Map<string, { path: string; headers: Record<string, string> }>();
  private readonly kept = new Map<string, Listing>();
  /** Whether the next list is to be the first of those that are old. */
  private isDue = false;
  private until = -Infinity;
  /** Whether an operator was shown what is kept. */
  wasSeen = false;

  /** `list` asks the server itself. */
  constructor(private readonly list: (path: string, headers: Record<string, string>) => Promise<Listing>) {}

  /** Keeps how everything is now that has ever been listed. */
  async remember(): Promise<void> {
    const listings = [...this.asked].map(async ([key, { path, headers }]) => {
      this.kept.set(key, await this.list(path, headers));
    });
    await Promise.all(listings);
  }

  /**
   * From the next list on, for a while, what is kept is all that can be seen. The time counts from that list: a process takes long
   * to start on a busy machine.
   */
  begin(): void {
    this.isDue = this.kept.size > 0;
  }

  /** What is kept of this list, while it counts. */
  listing(path: string, headers: Record<string, string>): Listing | undefined {
    const key = `${path} ${headers['accept']}`;
    if (!path.includes('continue=')) this.asked.set(key, { path, headers });
    const kept = this.kept.get(key);
    if (kept === undefined) return undefined;
    if (this.isDue) this.until = performance.now() + LAG_MS;
    this.isDue = false;
    if (this.leftMs <= 0) return undefined;
    this.wasSeen = true;
    return kept;
  }

  /** How long it still counts, in milliseconds; not above 0 when it no longer does. */
  get leftMs(): number {
    return this.isDue ? LAG_MS : this.until - performance.now();
  }

  /** Resolves when the newest may be told. */
  async isOver(signal: AbortSignal): Promise<void> {
    for (let left = this.leftMs; left > 0 && !signal.aborted; left = this.leftMs)
      await delay(left, undefined, { signal }).catch(() => undefined);
  }

  forget(): void {
    this.kept.clear();
    this.isDue = false;
    this.until = -Infinity;
    this.wasSeen = false;
  }
}
