import type { RecordDocument } from './records.js';

/** What a document costs beside its bytes: an object, a Buffer and what stands behind it. */
const OVERHEAD_BYTES = 300;

interface Kept {
  readonly version: string;
  readonly documents: readonly RecordDocument[];
  readonly bytes: number;
}

/** What records hold that were written or read lately: a run is written many times before anybody looks at another one. */
export class BodyCache {
  /** The one that was used last is the last. */
  private readonly kept = new Map<string, Kept>();
  private total = 0;

  /** @param capacity bytes that may be kept */
  constructor(private readonly capacity: number) {}

  /** Bytes that are kept. */
  get bytes(): number {
    return this.total;
  }

  /** What the record held in this version, if that is still here. */
  find(name: string, version: string): readonly RecordDocument[] | undefined {
    const found = this.kept.get(name);
    if (found?.version !== version) return undefined;
    this.kept.delete(name);
    this.kept.set(name, found);
    return found.documents;
  }

  /** Keeps what a record holds now, in place of what it held before. */
  keep(name: string, version: string, documents: readonly RecordDocument[]): void {
    this.forget(name);
    const bytes = documents.reduce((sum, { body }) => sum + body.length + OVERHEAD_BYTES, 0);
    if (bytes > this.capacity) return;
    this.kept.set(name, { version, documents, bytes });
    this.total += bytes;
    for (const oldest of this.kept.keys()) {
      if (this.total <= this.capacity) break;
      this.forget(oldest);
    }
  }

  forget(name: string): void {
    this.total -= this.kept.get(name)?.bytes ?? 0;
    this.kept.delete(name);
  }
}
