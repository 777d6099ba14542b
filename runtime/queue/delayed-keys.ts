import type { Scheduler } from '../clock/index.js';

interface Entry {
  readonly key: string;
  readonly at: number;
}

/** So many entries a key may have in the heap on average before the void ones are thrown away. */
const SPARE = 4;

/** Keys that become due later, by one timer for all. A key has one due time, the earliest that was asked for. */
export class DelayedKeys {
  /** Binary heap by `at`; an entry that `due` does not confirm is void. */
  private readonly heap: Entry[] = [];
  private readonly due = new Map<string, number>();
  private disarm: (() => void) | undefined;
  private armedFor = Infinity;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly onDue: (key: string) => void,
  ) {}

  add(key: string, delayMs: number): void {
    const at = this.scheduler.elapsed() + delayMs;
    if ((this.due.get(key) ?? Infinity) <= at) return;
    this.due.set(key, at);
    push(this.heap, { key, at });
    if (this.heap.length > SPARE * this.due.size + SPARE) this.clean();
    this.arm();
  }

  cancel(key: string): void {
    this.due.delete(key);
  }

  clear(): void {
    this.disarm?.();
    this.due.clear();
    this.heap.length = 0;
  }

  /** Throws void entries away: a key that is worked on again and again leaves one each time, until its time has come. */
  private clean(): void {
    this.heap.length = 0;
    for (const [key, at] of this.due) push(this.heap, { key, at });
  }

  private arm(): void {
    const next = this.heap[0]?.at ?? Infinity;
    if (next >= this.armedFor) return;
    this.disarm?.();
    this.armedFor = next;
    // Whole milliseconds, rounded up: a timer that fires a fraction too early would find nothing due.
    const delay = Math.max(0, Math.ceil(next - this.scheduler.elapsed()));
    this.disarm = this.scheduler.after(delay, () => this.fire());
  }

  private fire(): void {
    this.armedFor = Infinity;
    const now = this.scheduler.elapsed();
    for (let entry = this.heap[0]; entry !== undefined && entry.at <= now; entry = this.heap[0]) {
      pop(this.heap);
      if (this.due.get(entry.key) !== entry.at) continue;
      this.due.delete(entry.key);
      this.onDue(entry.key);
    }
    this.arm();
  }
}

function push(heap: Entry[], entry: Entry): void {
  let child = heap.push(entry) - 1;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (atOf(heap, parent) <= entry.at) break;
    swap(heap, child, parent);
    child = parent;
  }
}

function pop(heap: Entry[]): void {
  swap(heap, 0, heap.length - 1);
  heap.pop();
  for (let parent = 0; ;) {
    const left = 2 * parent + 1;
    const least = atOf(heap, left + 1) < atOf(heap, left) ? left + 1 : left;
    if (atOf(heap, least) >= atOf(heap, parent)) return;
    swap(heap, parent, least);
    parent = least;
  }
}

function atOf(heap: Entry[], index: number): number {
  return heap[index]?.at ?? Infinity;
}

function swap(heap: Entry[], a: number, b: number): void {
  const [first, second] = [heap[a], heap[b]];
  if (first === undefined || second === undefined) return;
  heap[a] = second;
  heap[b] = first;
}
