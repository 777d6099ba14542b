import type { KubernetesJson, Stored } from '../client/index.js';
import { ApiError, isGone, isNotFound } from '../client/index.js';
import type { Random, Scheduler } from '../clock/index.js';
import { sleep } from '../clock/index.js';
import type { Logger } from '../telemetry/index.js';
import type { ListWatch, WatchTiming } from './api-source.js';
import type { ReflectorState, StepResult } from './reflector-state.js';
import { INITIAL_STATE, delayMs, nextState } from './reflector-state.js';
import type { WatchEvent } from './watch-event.js';

/** Who keeps what the reflector sees. */
export interface ReflectorSink {
  replace(objects: readonly Stored<KubernetesJson>[], resourceVersion: string): void;
  apply(event: WatchEvent): void;
  /** A step failed and will be tried again. */
  failed(error: unknown): void;
}

/** What a reflector needs from its surroundings. */
export interface ReflectorDeps {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Logger;
  /** Above the minute between two bookmarks. */
  readonly idleMs?: number;
}

const IDLE_MS = 90_000;
const SHORTEST_WATCH_S = 240;
const WATCH_SPREAD_S = 60;
const UNSERVED_MS = 3_000;

/** Lists once, then watches for ever; whatever ends a watch, it goes on where it was or lists again. */
export class Reflector {
  /** What the last step failed with; `undefined` while all is well. */
  lastError: unknown;

  constructor(
    private readonly source: ListWatch,
    private readonly sink: ReflectorSink,
    private readonly deps: ReflectorDeps,
  ) {}

  /** The same in words, for those who wait. */
  get failure(): string | undefined {
    return this.lastError === undefined ? undefined : messageOf(this.lastError);
  }

  /** Ends only with `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    let state: ReflectorState = INITIAL_STATE;
    for (;;) {
      const result = await this.step(state, signal);
      if (signal.aborted) return;
      state = nextState(state, result);
      this.tell(result, state);
      const delay = Math.max(Math.min(delayMs(state, this.deps.random.next()), mostOf(result)), patienceOf(result));
      if (delay > 0) await sleep(this.deps.scheduler, delay, signal);
    }
  }

  private step(state: ReflectorState, signal: AbortSignal): Promise<StepResult> {
    return state.phase === 'listing' ? this.list(signal) : this.watch(state.resourceVersion, signal);
  }

  private async list(signal: AbortSignal): Promise<StepResult> {
    try {
      const { objects, resourceVersion } = await this.source.list(signal);
      this.sink.replace(objects, resourceVersion);
      return { kind: 'listed', resourceVersion };
    } catch (error) {
      return { kind: 'list failed', error };
    }
  }

  private async watch(from: string, signal: AbortSignal): Promise<StepResult> {
    const started = this.deps.scheduler.elapsed();
    const ended = new AbortController();
    const position = { resourceVersion: from, heard: false };
    let failed: { error: unknown } | undefined;
    try {
      for await (const event of this.source.watch(from, this.timing(), AbortSignal.any([signal, ended.signal]))) {
        this.sink.apply(event);
        position.resourceVersion = versionOf(event);
        position.heard = true;
        this.lastError = undefined;
      }
    } catch (error) {
      failed = { error };
    } finally {
      ended.abort();
    }
    const lastedMs = this.deps.scheduler.elapsed() - started;
    return { kind: 'watch ended', ...position, ...failed, lastedMs };
  }

  /** Spread, so that the watches of many kinds do not end together. */
  private timing(): WatchTiming {
    const timeoutSeconds = SHORTEST_WATCH_S + Math.floor(this.deps.random.next() * WATCH_SPREAD_S);
    return { timeoutSeconds, idleMs: this.deps.idleMs ?? IDLE_MS };
  }

  private tell(result: StepResult, next: ReflectorState): void {
    if (result.kind === 'listed') {
      this.lastError = undefined;
      return;
    }
    const { error } = result;
    if (error === undefined) return;
    const isKnown = this.failure === messageOf(error);
    this.lastError = error;
    this.sink.failed(error);
    const fields = { reason: this.failure, next: next.phase, failures: next.failures };
    if (isKnown) this.deps.log.debug(fields, result.kind);
    else if (isGone(error)) this.deps.log.info(fields, 'watch expired');
    else this.deps.log.warn(fields, result.kind);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}

/** A kind that is not served yet is asked for often: whoever creates its definition waits for us. */
function mostOf(result: StepResult): number {
  return result.kind === 'list failed' && isNotFound(result.error) ? UNSERVED_MS : Infinity;
}

/** What the server asked for with a 429 or 503. */
function patienceOf(result: StepResult): number {
  const error = result.kind === 'listed' ? undefined : result.error;
  return error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
}

function versionOf(event: WatchEvent): string {
  return event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
}
