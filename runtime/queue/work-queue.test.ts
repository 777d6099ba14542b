import { expect } from 'chai';
import fc from 'fast-check';
import { FakeClock } from '../../test/support/fake-clock.js';
import type { Priority } from './work-queue.js';
import { WorkQueue } from './work-queue.js';

const MIDDLE = { next: () => 0.5 };

function aQueue(): { queue: WorkQueue; clock: FakeClock } {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ scheduler: clock, random: MIDDLE }) };
}

/** Takes and finishes everything that can be taken now. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const taken: string[] = [];
  while (queue.depth > 0) {
    const key = (await queue.take())!;
    taken.push(key);
    queue.done(key);
  }
  return taken;
}

describe('WorkQueue', () => {
  it('does not count the time in which nobody worked', async () => {
    const clock = new FakeClock();
    const waits: number[] = [];
    const observer = {
      added: () => undefined,
      taken: (_: number, ms: number) => waits.push(ms),
      retried: () => undefined,
    };
    const idle = new WorkQueue({ scheduler: clock, random: { next: () => 0.5 }, observer });
    idle.add('shop/a');
    await clock.advance(3_600_000);
    idle.begin();
    await clock.advance(5);
    await idle.take();
    expect(waits).to.deep.equal([5]);
  });

  it('gives a key out once, however often it was added', async () => {
    const { queue } = aQueue();
    for (let i = 0; i < 5000; i++) queue.add('ns/a');
    expect(await drain(queue)).to.deep.equal(['ns/a']);
  });

  it('keeps back a key that is worked on and gives it out again afterwards', async () => {
    const { queue } = aQueue();
    queue.add('ns/a');
    const key = (await queue.take())!;
    queue.add('ns/a');
    expect(queue.depth).to.equal(0);
    queue.done(key);
    expect(await drain(queue)).to.deep.equal(['ns/a']);
  });

  it('lets live keys pass those of the first list', async () => {
    const { queue } = aQueue();
    for (const name of ['a', 'b', 'c']) queue.add(`ns/${name}`, 'initial');
    queue.add('ns/live');
    queue.add('ns/c');
    expect(await drain(queue)).to.deep.equal(['ns/live', 'ns/c', 'ns/a', 'ns/b']);
  });

  it('does not push a live key back when it is also in the first list', async () => {
    const { queue } = aQueue();
    queue.add('ns/a');
    queue.add('ns/b', 'initial');
    queue.add('ns/a', 'initial');
    expect(await drain(queue)).to.deep.equal(['ns/a', 'ns/b']);
  });

  it('takes namespaces in turn, so that a busy one does not starve the others', async () => {
    const { queue } = aQueue();
    for (const key of ['busy/1', 'busy/2', 'busy/3', 'calm/1', 'quiet/1', 'calm/2']) queue.add(key);
    expect(await drain(queue)).to.deep.equal(['busy/1', 'calm/1', 'quiet/1', 'busy/2', 'calm/2', 'busy/3']);
  });

  it('gives keys to those who wait for one, in order', async () => {
    const { queue } = aQueue();
    const takers = [queue.take(), queue.take()];
    queue.add('x/1');
    queue.add('x/2');
    expect(await Promise.all(takers)).to.deep.equal(['x/1', 'x/2']);
  });

  it('adds later what is to be added later, the earliest wish holding', async () => {
    const { queue, clock } = aQueue();
    queue.addAfter('ns/a', 1000);
    queue.addAfter('ns/a', 400);
    queue.addAfter('ns/a', 700);
    await clock.advance(399);
    expect(queue.depth).to.equal(0);
    await clock.advance(1);
    expect(await drain(queue)).to.deep.equal(['ns/a']);
    await clock.advance(5000);
    expect(queue.depth).to.equal(0);
  });

  it('forgets a later wish when the key runs before', async () => {
    const { queue, clock } = aQueue();
    queue.addAfter('ns/a', 1000);
    queue.add('ns/a');
    await drain(queue);
    await clock.advance(5000);
    expect(queue.depth).to.equal(0);
  });

  it('needs one timer for any number of delayed keys', async () => {
    const { queue, clock } = aQueue();
    for (let i = 0; i < 1000; i++) queue.addAfter(`ns/${i}`, 1000 + ((i * 7919) % 1000));
    expect(clock.pending).to.equal(1);
    await clock.advance(1500);
    expect(queue.depth).to.be.within(490, 510);
    await clock.advance(500);
    expect(queue.depth).to.equal(1000);
  });

  it('doubles the delay with every failure and starts over after a success', async () => {
    const { queue, clock } = aQueue();
    const waited: number[] = [];
    for (let failure = 0; failure < 11; failure++) {
      if (failure === 10) queue.forget('ns/a');
      queue.addRateLimited('ns/a');
      const before = clock.elapsed();
      while (queue.depth === 0) await clock.advance(100);
      waited.push(clock.elapsed() - before);
      await drain(queue);
    }
    expect(waited).to.deep.equal([200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 200]);
  });

  it('waits at least as long as it is told', async () => {
    const { queue, clock } = aQueue();
    queue.addRateLimited('ns/a', 5000);
    await clock.advance(4999);
    expect(queue.depth).to.equal(0);
    await clock.advance(1);
    expect(queue.depth).to.equal(1);
  });

  it('ends all waiting when it is closed and gives nothing out any more', async () => {
    const { queue, clock } = aQueue();
    const waiting = queue.take();
    queue.addAfter('ns/a', 10);
    queue.close();
    queue.add('ns/b');
    await clock.advance(100);
    expect([await waiting, await queue.take()]).to.deep.equal([undefined, undefined]);
  });

  it('agrees with a simple model whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation(), { maxLength: 60 }), async (operations) => {
        const { queue, clock } = aQueue();
        const model = new Model();
        for (const { kind, key, priority, ms } of operations) {
          if (kind === 'add') {
            queue.add(key, priority);
            model.add(key);
          } else if (kind === 'later') {
            queue.addAfter(key, ms);
            model.later(key, ms);
          } else if (kind === 'time') {
            await clock.advance(ms);
            model.advance(ms);
          } else if (kind === 'take' && queue.depth > 0) {
            const taken = (await queue.take())!;
            expect(model.waiting.has(taken), `${taken} was waiting`).to.equal(true);
            model.take(taken);
          } else if (kind === 'done' && model.working.size > 0) {
            const [first] = model.working;
            queue.done(first!);
            model.done(first!);
          }
          expect(queue.depth).to.equal(model.waiting.size);
        }
      }),
      { numRuns: 200 },
    );
  });
});

interface Operation {
  kind: 'add' | 'later' | 'time' | 'take' | 'done';
  key: string;
  priority: Priority;
  ms: number;
}

function operation(): fc.Arbitrary<Operation> {
  return fc.record({
    kind: fc.constantFrom('add', 'later', 'time', 'take', 'done'),
    key: fc.constantFrom('a/1', 'a/2', 'b/1', 'c'),
    priority: fc.constantFrom('live', 'initial'),
    ms: fc.integer({ min: 1, max: 50 }),
  });
}

/** The queue without order, priority and timers. */
class Model {
  readonly waiting = new Set<string>();
  readonly working = new Set<string>();
  private readonly again = new Set<string>();
  private readonly due = new Map<string, number>();
  private now = 0;

  add(key: string): void {
    (this.working.has(key) ? this.again : this.waiting).add(key);
  }

  later(key: string, ms: number): void {
    this.due.set(key, Math.min(this.due.get(key) ?? Infinity, this.now + ms));
  }

  advance(ms: number): void {
    this.now += ms;
    for (const [key, at] of this.due) {
      if (at > this.now) continue;
      this.due.delete(key);
      this.add(key);
    }
  }

  take(key: string): void {
    this.waiting.delete(key);
    this.working.add(key);
    this.due.delete(key);
  }

  done(key: string): void {
    this.working.delete(key);
    if (this.again.delete(key)) this.waiting.add(key);
  }
}
