import { randomBytes } from 'node:crypto';
import type { Document } from 'bson';
import { Long } from 'bson';
import { decodeFaithful } from '../wire/bson-codec.js';
import { CommandError } from '../wire/command-error.js';

/**
 * Documents of one answer together: as much as one message can carry, since Porter takes an answer whose rest it could not get
 * for a whole one.
 */
const BATCH_BYTES = 15 * 1024 * 1024;
const IDLE_MS = 600_000;
/** Of one tenant, and of all. */
const MAX_OPEN = 100;
const MAX_OPEN_OF_ALL = 1000;

interface OpenCursor {
  readonly tenant: string;
  readonly namespace: string;
  readonly rest: readonly Buffer[];
  readonly expires: number;
}

/** What is left of answers that did not fit into one message. */
export class Cursors {
  private readonly open = new Map<string, OpenCursor>();

  constructor(private readonly now: () => number) {}

  /** The first part of an answer; `namespace` is database and collection. */
  first(tenant: string, namespace: string, bodies: readonly Buffer[], batchSize?: number): Document {
    const { batch, id } = this.take(tenant, namespace, bodies, batchSize);
    return { cursor: { firstBatch: batch, id, ns: namespace } };
  }

  /** The next part; throws CursorNotFound for one that is closed, forgotten or another tenant's. */
  next(tenant: string, id: string, batchSize?: number): Document {
    const cursor = this.open.get(id);
    if (cursor?.tenant !== tenant) throw new CommandError('CursorNotFound', `cursor ${id} not found`);
    this.open.delete(id);
    const part = this.take(tenant, cursor.namespace, cursor.rest, batchSize === 0 ? undefined : batchSize, id);
    return { cursor: { nextBatch: part.batch, id: part.id, ns: cursor.namespace } };
  }

  /** Forgets a cursor; false when there was none. */
  close(tenant: string, id: string): boolean {
    return this.open.get(id)?.tenant === tenant && this.open.delete(id);
  }

  private take(
    tenant: string,
    namespace: string,
    bodies: readonly Buffer[],
    ...[batchSize = Infinity, id]: [batchSize?: number, id?: string]
  ): { batch: Document[]; id: Long } {
    let count = 0;
    for (let bytes = 0; count < bodies.length && count < batchSize; count += 1) {
      bytes += bodies[count]?.length ?? 0;
      if (count > 0 && bytes > BATCH_BYTES) break;
    }
    const batch = bodies.slice(0, count).map(decodeFaithful);
    if (count === bodies.length) return { batch, id: Long.ZERO };
    return {
      batch,
      id: Long.fromString(
        this.keep({ tenant, namespace, rest: bodies.slice(count), expires: this.now() + IDLE_MS }, id),
      ),
    };
  }

  private keep(cursor: OpenCursor, id = newId()): string {
    for (const [old, { expires }] of this.open) {
      if (expires > this.now()) break;
      this.open.delete(old);
    }
    // The oldest come first; at the limit one of them goes even if somebody may still ask for it.
    const all = [...this.open];
    const own = all.filter(([, { tenant }]) => tenant === cursor.tenant);
    for (const [old] of own.slice(0, Math.max(0, own.length + 1 - MAX_OPEN))) this.open.delete(old);
    for (const [old] of all.slice(0, Math.max(0, all.length + 1 - MAX_OPEN_OF_ALL))) this.open.delete(old);
    this.open.set(id, cursor);
    return id;
  }
}

/** Unguessable, positive, not zero. */
function newId(): string {
  return ((randomBytes(8).readBigUInt64LE() >> 1n) | 1n).toString();
}
