import { isWrite, type ApiRequest } from './api-request.js';

/** One request as the gate saw it. */
export interface JournalEntry extends ApiRequest {
  /** Which of its kind it was in the plan under way; 0 when it was none of the plan's. */
  readonly nth: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number;
  /** The operator's n-th life. */
  readonly life: number;
  /** The status code of the answer that the operator got; 0: none. */
  code: number;
  /** A write after which everything was as before. */
  isSpare?: boolean;
  /** The fault that it suffered. */
  readonly fault?: string;
  /** Whether a deletion says which incarnation it means. */
  readonly names?: 'an incarnation' | 'whatever is there';
}

/** Every request that went through a gate, oldest first. */
export class Journal {
  private readonly entries: JournalEntry[] = [];

  add(entry: JournalEntry): JournalEntry {
    this.entries.push(entry);
    return entry;
  }

  /** What was asked of a namespace. */
  of(namespace: string): JournalEntry[] {
    return this.entries.filter((entry) => entry.namespace === namespace);
  }

  /** What was asked of no single namespace from then on until then: lists and watches of everything. */
  ofAll(from: number, to: number): JournalEntry[] {
    return this.entries.filter(({ namespace, at }) => namespace === undefined && at >= from && at <= to);
  }

  /** When the last write to the namespace came, or -Infinity. */
  lastWrite(namespace: string): number {
    return this.entries.findLast((entry) => entry.namespace === namespace && isWrite(entry))?.at ?? -Infinity;
  }

  forget(namespace: string): void {
    const rest = this.entries.filter((entry) => entry.namespace !== namespace);
    this.entries.splice(0, this.entries.length, ...rest);
  }
}
