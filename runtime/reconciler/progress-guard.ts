import { createHash } from 'node:crypto';
import type { KubernetesJson } from '../client/index.js';
import type { Outcome } from './outcome.js';

/** So often may an action claim progress on a world that does not change. */
const TRIES = 3;
/** Kept by ourselves in every pass. */
const OWN_CONDITIONS = new Set(['Ready', 'Reconciling', 'Stalled']);
/** Change without meaning anything. */
const NOISE = new Set(['resourceVersion', 'managedFields']);

type Snapshot = Readonly<Record<string, unknown>> & { readonly object: unknown };

/** Notices an action that says it makes progress and makes none, before it is repeated for ever. */
export class ProgressGuard {
  private readonly last = new Map<string, { fingerprint: string; count: number }>();

  /** Whether the action has already been tried often enough on this very snapshot. */
  isStuck(key: string, action: string, snapshot: object): boolean {
    const last = this.last.get(key);
    return last !== undefined && last.count >= TRIES && last.fingerprint === fingerprint(action, snapshot);
  }

  /** The action was done with this outcome. */
  note(key: string, action: string, snapshot: object, outcome: Outcome): void {
    if (outcome.kind !== 'progress') {
      this.last.delete(key);
      return;
    }
    const now = fingerprint(action, snapshot);
    const last = this.last.get(key);
    this.last.set(key, { fingerprint: now, count: last?.fingerprint === now ? last.count + 1 : 1 });
  }

  forget(key: string): void {
    this.last.delete(key);
  }
}

function fingerprint(action: string, snapshot: object): string {
  const { object, ...rest } = snapshot as Snapshot;
  const seen = { ...rest, now: undefined, action, object: withoutOwnConditions(object) };
  return createHash('sha256').update(JSON.stringify(seen, plain)).digest('base64');
}

function withoutOwnConditions(object: unknown): unknown {
  const { status, ...rest } = object as KubernetesJson & { status?: { conditions?: { type: string }[] } };
  const conditions = (status?.conditions ?? []).filter(({ type }) => !OWN_CONDITIONS.has(type));
  return { ...rest, status: { ...status, conditions } };
}

function plain(name: string, value: unknown): unknown {
  if (NOISE.has(name)) return undefined;
  return value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)] : value;
}
