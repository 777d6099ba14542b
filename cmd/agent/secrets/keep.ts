import { createHash } from 'node:crypto';
import type { AgentLog } from '../agent-log.js';
import { messageOf } from '../failure.js';
import type { KeptValues } from './kept-values.js';
import type { SecretFiles } from './secret-files.js';
import { VALUES_LIMIT } from './value-limits.js';

const LOOK_EVERY_MS = 1_000;
const LAST_TRIES = 5;

/** Watches the folder of secrets beside an agent, and keeps what the agent makes. */
export class SecretKeeper {
  /** Digest of each value that is known or kept. */
  private readonly settled = new Map<string, string>();
  /** Keys for which there was no room. */
  private readonly dropped = new Set<string>();

  /** @param known what was laid out for the agent, so that only what it makes or changes is kept */
  constructor(
    private readonly deps: { readonly files: SecretFiles; readonly kept: KeptValues; readonly log: AgentLog },
    known: ReadonlyMap<string, Buffer>,
  ) {
    for (const [hint, value] of known) this.settled.set(hint, digestOf(value));
  }

  /**
   * Until the signal says that the agent has ended; then a last time, with some patience. Resolves to the keys of values
   * for which the Secret had no room.
   */
  async run(ended: AbortSignal): Promise<readonly string[]> {
    while (!ended.aborted) {
      await pause(LOOK_EVERY_MS, ended);
      await this.keep().catch((error: unknown) => this.deps.log.info(`could not keep values yet: ${messageOf(error)}`));
    }
    for (let tries = 1; ; tries++) {
      try {
        await this.keep();
        return [...this.dropped];
      } catch (error) {
        if (tries === LAST_TRIES) throw error;
        await pause(LOOK_EVERY_MS * tries);
      }
    }
  }

  private async keep(): Promise<void> {
    const changed = await this.changed();
    if (changed.size === 0) return;
    const dropped = await this.deps.kept.add(changed);
    for (const [hint, value] of changed) this.settled.set(hint, digestOf(value));
    this.deps.log.info('Kept values', { count: changed.size });
    if (dropped.length === 0) return;
    for (const key of dropped) this.dropped.add(key);
    this.deps.log.info(noRoom(dropped));
  }

  private async changed(): Promise<Map<string, Buffer>> {
    const changed = new Map<string, Buffer>();
    for (const hint of await this.deps.files.hints()) {
      const value = await this.deps.files.readBytes(hint);
      if (value !== undefined && this.settled.get(hint) !== digestOf(value)) changed.set(hint, value);
    }
    return changed;
  }
}

/** What somebody needs to know who misses one of these values. */
export function noRoom(keys: readonly string[]): string {
  return `values were let go, oldest first, since one Secret cannot hold more than ${VALUES_LIMIT} bytes: ${keys.join(', ')}`;
}

function digestOf(value: Buffer): string {
  return createHash('sha256').update(value).digest('hex');
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener('abort', finish, { once: true });
    if (signal?.aborted === true) finish();
  });
}
